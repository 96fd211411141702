# shellcheck shell=bash disable=SC2154
# All kinds of HEVC.
own hevc \
    hevc-open-gop.mp4 hevc-open-gop.mkv hevc-open-gop.ts hevc-open-gop.hevc hevc-closed-gop.mp4 hevc-closed-gop.ts \
    hevc-hvc1.mov hevc-10.mp4 hevc-10.mkv hevc-hdr10.mp4 hevc-hdr10.mkv hevc-hdr10.ts hevc-hlg.mp4 hevc-444.mp4 \
    hevc-422-12.mkv hevc-gray.mkv hevc-odd-size.mp4 hevc-crop.mp4 hevc-lossless.mp4 hevc-all-intra.mp4 \
    hevc-one-key.mkv hevc-intra-refresh.mp4 hevc-intra-refresh.ts hevc-fields.mp4 hevc-fields.ts hevc-temporal.mp4 \
    hevc-b-pyramid.mkv hevc-slices.mp4 hevc-leading-start.mkv hevc-leading-start.ts hevc-leading-start.mp4 \
    hevc-leading-start.hevc hevc-vfr.mkv hevc-fragments.mp4 hevc-wrap.ts

x265_with() { # OUT PARAMETERS OPTION…
    show "$1" "${x265[@]}" -x265-params "log-level=error:pools=none:$2" "${aac[@]}" "${@:3}"
}

closed=open-gop=0:keyint=25:min-keyint=25:bframes=3:scenecut=0
display="G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"

make_hevc() {
    case $1 in
        hevc-open-gop.mp4) x265_with "$1" open-gop=1:keyint=28:min-keyint=28:bframes=3:b-adapt=0:scenecut=0 ;;
        hevc-open-gop.hevc) copy hevc-open-gop.mp4 "$1" -an ;;
        hevc-open-gop.*) copy hevc-open-gop.mp4 "$1" ;;
        hevc-closed-gop.mp4) x265_with "$1" "$closed" ;;
        hevc-closed-gop.ts) copy hevc-closed-gop.mp4 "$1" ;;
        hevc-hvc1.mov) copy hevc-open-gop.mp4 "$1" -tag:v hvc1 ;;
        hevc-10.mp4) x265_with "$1" "$closed" -pix_fmt yuv420p10le -tag:v hvc1 ;;
        hevc-10.mkv) copy hevc-10.mp4 "$1" ;;
        hevc-hdr10.mp4)
            x265_with "$1" "$closed:hdr10=1:repeat-headers=1:master-display=$display:max-cll=1000,400" \
                -pix_fmt yuv420p10le -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc \
                -color_range tv ;;
        hevc-hdr10.*) copy hevc-hdr10.mp4 "$1" ;;
        hevc-hlg.mp4)
            x265_with "$1" "$closed:atc-sei=18" -pix_fmt yuv420p10le -color_primaries bt2020 \
                -color_trc arib-std-b67 -colorspace bt2020nc -color_range tv ;;
        hevc-444.mp4) x265_with "$1" "$closed" -pix_fmt yuv444p ;;
        hevc-422-12.mkv) x265_with "$1" "$closed" -pix_fmt yuv422p12le ;;
        hevc-gray.mkv) x265_with "$1" "$closed" -pix_fmt gray ;;
        hevc-odd-size.mp4) x265_with "$1" "$closed" -vf format=yuv444p,crop=161:91 -pix_fmt yuv444p ;;
        hevc-crop.mp4)
            copy hevc-closed-gop.mp4 "$1" -bsf:v hevc_metadata=crop_left=8:crop_right=4:crop_top=6:crop_bottom=10 ;;
        hevc-lossless.mp4) x265_with "$1" "$closed:lossless=1" ;;
        hevc-all-intra.mp4) x265_with "$1" keyint=1 ;;
        hevc-one-key.mkv) x265_with "$1" keyint=-1:bframes=4:scenecut=0 ;;
        hevc-intra-refresh.mp4) x265_with "$1" intra-refresh=1:keyint=30:bframes=0 ;;
        hevc-intra-refresh.ts) copy hevc-intra-refresh.mp4 "$1" ;;
        hevc-fields.mp4) # Each picture is one field.
            size=192x216 rate=50 x265_with "$1" "$closed:interlace=tff" -vf interlace=scan=tff,separatefields ;;
        hevc-fields.ts) copy hevc-fields.mp4 "$1" ;;
        hevc-temporal.mp4) x265_with "$1" "$closed:temporal-layers=1:b-pyramid=1" ;;
        hevc-b-pyramid.mkv) x265_with "$1" open-gop=1:keyint=30:bframes=16:b-adapt=0:b-pyramid=1:rc-lookahead=30 ;;
        hevc-slices.mp4) size=320x180 x265_with "$1" "$closed:slices=2:aud=1:repeat-headers=1" ;;
        hevc-leading-start.*) # It begins at a key frame of an open group: its leading pictures can't be decoded.
            film hevc-open-gop.mp4
            if [ "$1" = hevc-leading-start.hevc ]; then
                ff -ss 2.2 -i "$zoo/hevc-open-gop.mp4" -c copy -an "$1"
            else
                ff -ss 2.2 -i "$zoo/hevc-open-gop.mp4" -c copy -copyinkf "$1"
            fi ;;
        hevc-vfr.mkv)
            secs=6 x265_with "$1" "$closed" -fps_mode passthrough -enc_time_base 1:90000 \
                -vf "settb=1/90000,setpts='PTS+if(eq(mod(N,3),0),0.013/TB,0)+if(gt(N,60),0.71/TB,0)'" ;;
        hevc-fragments.mp4) copy hevc-open-gop.mp4 "$1" -movflags +frag_keyframe+empty_moov+default_base_moof ;;
        hevc-wrap.ts) copy hevc-open-gop.mp4 "$1" -output_ts_offset 95440.5 ;;
    esac
}
