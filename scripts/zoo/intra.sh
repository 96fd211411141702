# shellcheck shell=bash disable=SC2154
# Studio codecs and old codecs, in nearly all of which every frame is a key frame.
own intra \
    mjpeg.avi mjpeg.mov mjpeg-full.avi mjpeg-422.mkv mjpeg-raw.mjpeg mjpeg-tables-once.avi mjpeg-remark-once.avi picture.gif picture-slow.gif \
    picture.apng png.mov png-alpha.mov qtrle.mov qtrle-alpha.mov prores.mov prores-4444-alpha.mov prores-interlaced.mov \
    prores.mxf dnxhr.mov dnxhr.mxf dnxhr-444.mov ffv1.mkv ffv1-444.mkv ffv1-gray.mkv ffv1-16.mkv ffv1-alpha.mkv \
    ffv1-gop.mkv ffv1-rgb.avi huffyuv.avi ffvhuff.mkv utvideo.avi utvideo-rgb.avi magicyuv.avi raw.avi raw-rgb.avi \
    raw-palette.avi raw.nut raw.y4m raw.mov v210.mov cinepak.avi cinepak.mov jpeg2000.mkv jpeg2000.mxf dv.dv dv.avi dv-ntsc.mov \
    msvideo1.avi smc.mov rpza.mov cfhd.mov hap.mov vc2-small.mov

# Animated WebP is missing: this ffmpeg can write it but not read it.

make_intra() {
    case $1 in
        mjpeg.*) show "$1" -c:v mjpeg -q:v 5 -pix_fmt yuvj420p -c:a pcm_s16le ;;
        mjpeg-full.avi) show "$1" -c:v mjpeg -q:v 5 -vf scale=out_range=full,format=yuvj444p -c:a pcm_s16le ;;
        mjpeg-422.mkv) show "$1" -c:v mjpeg -q:v 5 -pix_fmt yuvj422p -c:a pcm_s16le ;;
        mjpeg-tables-once.avi) # Every frame is a key frame, but needs the tables of the first: the tables of the others are comments here.
            film mjpeg.avi
            LC_ALL=C sed '0,/\xff\xdb\x00\x43/! s/\xff\xdb\x00\x43/\xff\xfe\x00\x43/g' "$zoo/mjpeg.avi" > "$1" ;;
        mjpeg-remark-once.avi) # The first frame states another range, for all frames that follow.
            film mjpeg-raw.mjpeg
            LC_ALL=C sed '0,/\xff\xd8/ s/\xff\xd8/\xff\xd8\xff\xfe\x00\x0bCS=ITU601/' "$zoo/mjpeg-raw.mjpeg" > remark.mjpeg
            ff -framerate 25 -i remark.mjpeg -c copy "$1" ;;
        mjpeg-raw.mjpeg) mute "$1" -c:v mjpeg -q:v 5 -pix_fmt yuvj420p ;;
        picture.gif) rate=10 mute "$1" ;;
        picture-slow.gif) # Each frame has a different length.
            rate=10 mute "$1" -vf "setpts='(N*0.1+floor(N/7)*0.5+0.03*mod(N,3))/TB'" -fps_mode passthrough \
                -enc_time_base 1:100 ;;
        picture.apng) rate=10 mute "$1" -plays 0 ;;
        png.mov) rate=10 show "$1" -c:v png -c:a pcm_s16le ;;
        png-alpha.mov)
            rate=10 mute "$1" -vf "format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='mod(X+N*3,256)'" -c:v png ;;
        qtrle.mov) rate=10 show "$1" -c:v qtrle -g 15 -c:a pcm_s16be ;;
        qtrle-alpha.mov) rate=10 mute "$1" -vf format=argb,colorchannelmixer=aa=0.5 -c:v qtrle -g 15 ;;
        prores.mov) show "$1" -c:v prores_ks -profile:v 0 -c:a pcm_s24le ;;
        prores-4444-alpha.mov)
            secs=3 mute "$1" -vf format=yuva444p10le,colorchannelmixer=aa=0.5 -c:v prores_ks -profile:v 4444 ;;
        prores-interlaced.mov)
            rate=50 show "$1" -vf interlace=scan=tff -c:v prores_ks -profile:v 0 -flags +ildct -top 1 -c:a pcm_s16le ;;
        prores.mxf) show "$1" -c:v prores_aw -profile:v 0 -tag:v apco -c:a pcm_s16le ;;
        dnxhr.*) size=256x144 secs=4 show "$1" -c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p -c:a pcm_s16le ;;
        dnxhr-444.mov) size=256x144 secs=3 mute "$1" -c:v dnxhd -profile:v dnxhr_444 -pix_fmt yuv444p10le ;;
        ffv1.mkv) secs=4 show "$1" -c:v ffv1 -level 3 -g 1 -c:a flac ;;
        ffv1-444.mkv) secs=3 mute "$1" -c:v ffv1 -level 3 -pix_fmt yuv444p10le ;;
        ffv1-gray.mkv) secs=3 mute "$1" -c:v ffv1 -level 3 -pix_fmt gray ;;
        ffv1-16.mkv) secs=2 mute "$1" -c:v ffv1 -level 3 -pix_fmt gray16le ;;
        ffv1-alpha.mkv) secs=3 mute "$1" -vf format=yuva420p,colorchannelmixer=aa=0.5 -c:v ffv1 -level 3 ;;
        ffv1-gop.mkv) secs=4 show "$1" -c:v ffv1 -level 1 -g 25 -coder 1 -context 1 -c:a flac ;;
        ffv1-rgb.avi) secs=3 show "$1" -c:v ffv1 -pix_fmt bgr0 -c:a pcm_s16le ;;
        huffyuv.avi) secs=3 show "$1" -c:v huffyuv -pix_fmt yuv422p -c:a pcm_s16le ;;
        ffvhuff.mkv) secs=3 show "$1" -c:v ffvhuff -pix_fmt yuv420p -c:a flac ;;
        utvideo.avi) secs=3 show "$1" -c:v utvideo -pix_fmt yuv420p -c:a pcm_s16le ;;
        utvideo-rgb.avi) secs=3 mute "$1" -c:v utvideo -pix_fmt gbrp ;;
        magicyuv.avi) secs=3 mute "$1" -c:v magicyuv -pix_fmt yuv420p ;;
        raw.avi | raw.nut | raw.mov) size=96x64 show "$1" -c:v rawvideo -pix_fmt yuyv422 -c:a pcm_s16le ;;
        raw-rgb.avi) size=96x64 mute "$1" -c:v rawvideo -pix_fmt bgr24 ;;
        raw-palette.avi) size=96x64 mute "$1" -c:v rawvideo -pix_fmt pal8 ;; # The palette is in the header.
        raw.y4m) size=96x64 mute "$1" -pix_fmt yuv420p ;;
        v210.mov) size=96x64 show "$1" -c:v v210 -c:a pcm_s16le ;;
        cinepak.*) size=96x64 secs=2 show "$1" -c:v cinepak -g 15 -max_strips 1 -c:a pcm_s16le ;;
        jpeg2000.*) secs=2 show "$1" -c:v jpeg2000 -q:v 5 -pix_fmt yuv422p -c:a pcm_s16le ;;
        dv.* | dv-ntsc.mov) # DV has only these sizes.
            local kind=pal
            [ "$1" = dv-ntsc.mov ] && kind=ntsc
            size=360x288 secs=2 show "$1" -target "$kind-dv" -c:v dvvideo -c:a pcm_s16le -f "${1##*.}" ;;
        msvideo1.avi) secs=4 mute "$1" -c:v msvideo1 -g 25 ;;
        smc.mov) size=96x64 mute "$1" -vf format=pal8 -c:v smc -g 25 ;;
        rpza.mov) secs=4 mute "$1" -c:v rpza -g 25 ;;
        cfhd.mov) size=256x144 secs=3 mute "$1" -c:v cfhd -pix_fmt yuv422p10le ;;
        vc2-small.mov) size=96x64 secs=2 mute "$1" -strict -2 -c:v vc2 -pix_fmt yuv422p ;; # Its decoder keeps something.
        hap.mov) secs=2 mute "$1" -c:v hap ;;
    esac
}
