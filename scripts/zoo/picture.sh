# shellcheck shell=bash disable=SC2154
# Metadata of a picture, and pictures that change midway.
own picture \
    rotated-90.mov rotated-180.mov rotated-270.mp4 rotated-sar.mp4 flipped.mov flipped-vertical.mov sar.mp4 sar.mkv \
    sar-mpeg2.mpg sar-container.mp4 full-range.mp4 full-range.mkv tags-709.mp4 tags-601.mkv tags-smpte240.ts \
    chroma-left.mp4 chroma-topleft.mkv gray.mp4 gray-10.mp4 pal8.mov stereo.mkv stereo-mpeg.mp4 spherical.mp4 \
    crop-h264.mp4 crop-h264-odd.ts size-change.ts size-change.h264 size-change-same-times.ts size-change-sar.ts \
    size-change-early.ts size-change-hevc.ts range-change.ts range-change-back.ts \
    pixel-change.ts rate-change.ts timecode.mov timecode.mkv timecode-mpeg2.mpg tall.mp4 tiny.mp4 narrow.mp4 \
    odd-vp9.webm odd-mjpeg.avi

# Stereo in MP4 other than H.264's own message is missing: ffmpeg 5.1 has no option for it. A change
# of codec within a stream is missing too: no reader notices one unless the tables change too.

# SOURCE OUT A B C D: sets the display matrix of the picture's track. A version 0 tkhd box has the matrix
# at byte 48, counted from the box's size.
matrix() {
    film "$1"
    perl -0777 -pe '
        BEGIN { @m = map { $_ * 65536 } splice @ARGV, 0, 4; binmode STDIN; binmode STDOUT }
        s{(tkhd\x00.{39})(.{36})}{
            $n++ ? $1 . $2 : $1 . pack "N9", (map { $_ & 0xffffffff } $m[0], $m[1], 0, $m[2], $m[3], 0, 0, 0), 1 << 30
        }gse' -- "${@:3}" < "$zoo/$1" > "$2"
}

# OUT SIZE-AND-OPTIONS SIZE-AND-OPTIONS: joins two films; the second's times continue the first's.
joined() {
    local suffix=${1##*.} first second
    read -ra first <<< "$2"
    read -ra second <<< "$3"
    secs=${change:-3} mute "first.$suffix" "${x264[@]}" "${first[@]}"
    secs=${rest:-3} mute "second.$suffix" "${x264[@]}" "${second[@]}" -output_ts_offset "${later:-3.08}"
    cat "first.$suffix" "second.$suffix" > "$1"
}

# The decoder notices a range that changes only with the colours.
limited=("-colorspace bt709 -color_range tv") full=("-vf scale=out_range=full,format=yuvj420p -pix_fmt yuvj420p -colorspace smpte170m -color_range pc")

make_picture() {
    case $1 in
        rotated-90.mov) copy h264-mov.mov "$1" -metadata:s:v:0 rotate=90 ;;
        rotated-180.mov) copy h264-open-gop.mp4 "$1" -metadata:s:v:0 rotate=180 ;;
        rotated-270.mp4) copy hevc-open-gop.mp4 "$1" -metadata:s:v:0 rotate=270 ;;
        rotated-sar.mp4) copy sar.mp4 "$1" -metadata:s:v:0 rotate=90 ;;
        flipped.mov) matrix h264-mov.mov "$1" -1 0 0 1 ;;
        flipped-vertical.mov) matrix h264-mov.mov "$1" 1 0 0 -1 ;;
        sar.*) mute "$1" "${x264[@]}" -vf setsar=16/15 ;;
        sar-mpeg2.mpg) mute "$1" "${mpeg2[@]}" -aspect 16:9 -f vob ;;
        sar-container.mp4) copy h264-plain.mp4 "$1" -aspect 4:3 ;; # The container contradicts the stream.
        full-range.*)
            mute "$1" -vf scale=out_range=full,format=yuvj420p "${x264[@]}" -pix_fmt yuvj420p -color_range pc ;;
        tags-709.mp4)
            mute "$1" "${x264[@]}" -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv ;;
        tags-601.mkv)
            mute "$1" "${x264[@]}" -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m \
                -color_range tv ;;
        tags-smpte240.ts)
            mute "$1" "${x264[@]}" -colorspace smpte240m -color_primaries smpte240m -color_trc smpte240m ;;
        chroma-left.mp4) mute "$1" "${x264[@]}" -chroma_sample_location left -x264-params chromaloc=0 ;;
        chroma-topleft.mkv) mute "$1" "${x264[@]}" -chroma_sample_location topleft -x264-params chromaloc=2 ;;
        gray.mp4) mute "$1" "${x264[@]}" -pix_fmt gray ;;
        gray-10.mp4) mute "$1" "${x264[@]}" -pix_fmt gray10le ;;
        pal8.mov) rate=10 mute "$1" -vf format=pal8 -c:v png ;;
        stereo.mkv) copy h264-plain.mkv "$1" -metadata:s:v:0 stereo_mode=left_right ;;
        stereo-mpeg.mp4) mute "$1" "${x264[@]}" -x264-params frame-packing=3 ;;
        spherical.mp4) # The box of Google's first version, at the end of the picture's track.
            film h264-mov.mov
            perl -0777 -e '
                open my $in, "<:raw", $ARGV[0]; my $all = <$in>;
                my $text = "<?xml version=\"1.0\"?><rdf:SphericalVideo"
                    . " xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
                    . " xmlns:GSpherical=\"http://ns.google.com/videos/1.0/spherical/\"><GSpherical:Spherical>true"
                    . "</GSpherical:Spherical><GSpherical:Stitched>true</GSpherical:Stitched>"
                    . "<GSpherical:StitchingSoftware>zoo</GSpherical:StitchingSoftware>"
                    . "<GSpherical:ProjectionType>equirectangular</GSpherical:ProjectionType></rdf:SphericalVideo>";
                my $name = pack("H*", "ffcc8263f8554a938814587a02521fdd");
                my $box = pack("N", 24 + length $text) . "uuid" . $name . $text;
                my $moov = rindex($all, "moov") - 4; my $trak = index($all, "trak", $moov) - 4;
                my $size = unpack "N", substr $all, $trak, 4;
                substr($all, $trak + $size, 0) = $box;
                for ($moov, $trak) { substr($all, $_, 4) = pack "N", length($box) + unpack "N", substr $all, $_, 4 }
                print $all' "$zoo/h264-mov.mov" > "$1" ;;
        crop-h264.mp4)
            copy h264-plain.mp4 "$1" -bsf:v h264_metadata=crop_left=8:crop_right=4:crop_top=6:crop_bottom=10 ;;
        crop-h264-odd.ts) copy h264-plain.ts "$1" -bsf:v h264_metadata=crop_left=30:crop_top=14 ;;
        size-change.ts | size-change.h264) joined "$1" "-s 192x108" "-s 128x96" ;;
        size-change-same-times.ts) later=3 joined "$1" "-s 192x108" "-s 128x96" ;; # Two times occur twice.
        size-change-early.ts) change=1 rest=8 later=1.08 joined "$1" "-s 192x108" "-s 128x96" ;;
        size-change-sar.ts) joined "$1" "-s 192x108" "-s 144x108 -aspect 16:9" ;;
        size-change-hevc.ts)
            joined "$1" "-s 192x108 -c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=error:pools=none" \
                "-s 128x96 -c:v libx265 -preset ultrafast -x265-params keyint=25:log-level=error:pools=none" ;;
        range-change.ts) change=1 rest=3 later=1.08 joined "$1" "${limited[@]}" "${full[@]}" ;;
        range-change-back.ts) change=1 rest=3 later=1.08 joined "$1" "${full[@]}" "${limited[@]}" ;;
        pixel-change.ts) joined "$1" "-pix_fmt yuv420p" "-pix_fmt yuv422p10le" ;;
        rate-change.ts)
            secs=3 mute first.ts "${x264[@]}"
            secs=3 rate=50 mute second.ts "${x264[@]}" -output_ts_offset 3.08
            cat first.ts second.ts > "$1" ;;
        timecode.mov) copy h264-mov.mov "$1" -timecode 01:02:03:04 ;;
        timecode.mkv) copy h264-plain.mkv "$1" -metadata timecode=01:02:03:04 ;;
        timecode-mpeg2.mpg) rate=30000/1001 mute "$1" "${mpeg2[@]}" -timecode "01:02:03;04" -f vob ;;
        tall.mp4) size=32x240 mute "$1" "${x264[@]}" ;;
        narrow.mp4) size=320x16 mute "$1" "${x264[@]}" ;;
        tiny.mp4) size=16x16 mute "$1" "${x264[@]}" ;;
        odd-vp9.webm) mute "$1" -vf format=yuv444p,crop=161:91,format=yuv420p -c:v libvpx-vp9 -g 30 -b:v 200k \
            -cpu-used 8 -deadline realtime ;;
        odd-mjpeg.avi) mute "$1" -vf format=yuv444p,crop=161:91,format=yuvj420p -c:v mjpeg -q:v 5 ;;
    esac
}
