# shellcheck shell=bash disable=SC2154
# All other codecs, in their usual containers.
own codecs \
    vp8-altref.webm vp8-alpha.webm vp8.mkv vp9-altref.webm vp9-altref.mkv vp9-altref.mp4 vp9-live.webm \
    vp9-alpha.webm vp9-444.webm vp9-10.webm vp9.ivf av1.mp4 av1.mkv av1.webm av1-svt.mp4 av1-10.mp4 av1.obu \
    av1-gray.mkv mpeg1.mpg mpeg1.m1v mpeg2.mpg mpeg2.m2v mpeg2.ts mpeg2-open.ts mpeg2.mxf mpeg2-interlaced.vob \
    mpeg2-interlaced.mkv mpeg2-422.ts mpeg2-pulldown.m2v mpeg2-pulldown.mpg mpeg2-pulldown.ts mpeg2-captions.m2v \
    mpeg2-captions.ts mpeg4-b.avi mpeg4-b.mp4 mpeg4-b.mkv mpeg4.m4v mpeg4-qpel.avi mpeg4-interlaced.avi \
    mpeg4-plain.avi xvid.avi xvid-packed.avi xvid-packed.mkv xvid-unpacked.avi msmpeg4v2.avi msmpeg4v3.avi wmv1.wmv \
    wmv2.wmv flv1.flv h263.3gp h263p.avi h261.mkv theora.ogv theora.mkv rv10.rm rv20.rm svq1.mov snow.avi \
    flashsv.flv zmbv.avi

# VC-1, RealVideo 4, SVQ3 and Indeo are missing: ffmpeg has no encoders for them.

mpeg2=(-c:v mpeg2video -g 15 -bf 2 -b:v 500k -sc_threshold 1000000000)

# Every other frame shows its first field twice, as in films from telecine; the flags are patched in.
pulldown() { # FROM TO
    perl -0777 -pe 's{(\x00\x00\x01\xb5[\x80-\x8f]..)(.)(.)}{
        my ($top, $twice) = ([1, 1], [0, 0], [0, 1], [1, 0])[$n++ % 4]->@*;
        $1 . chr(ord($2) & ~0x82 | $top << 7 | $twice << 1) . chr(ord($3) | 0x80)}gse' "$1" > "$2"
}

# Closed captions for every picture: user data with two bytes of CEA-608 after each picture's coding extension.
captions() { # FROM TO
    perl -0777 -pe 's{(\x00\x00\x01\xb5[\x80-\x8f]....)}{
        my $t = ("\x94\x20", "\x94\x20", "\xc8E", "LL", "O\x80", "\x94\x2f")[$n++ % 6];
        $1 . "\x00\x00\x01\xb2GA94\x03\x41\xff\xfc" . $t . "\xff"}gse' "$1" > "$2"
}

# SOURCE OUT OPTION…: copies a film without presentation times, with times that ffmpeg makes up.
with_times() {
    film "$1"
    ff -fflags +genpts -i "$zoo/$1" -c copy "${@:3}" "$2"
}

# OUT OPTION…: in two passes, because VP8 has hidden frames only then.
two_passes() {
    ff -f lavfi -i "$(picture)" "${@:2}" -threads 1 -pass 1 -f null -
    show "$1" "${@:2}" -pass 2
}

make_codecs() {
    case $1 in
        vp8-altref.webm) two_passes "$1" -c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -arnr-maxframes 5 -g 30 \
            -b:v 300k -cpu-used 4 -c:a libvorbis ;;
        vp8-alpha.webm) mute "$1" -vf "format=yuva420p,geq=lum='lum(X,Y)':a='mod(X+N*3,256)'" -c:v libvpx \
            -auto-alt-ref 0 -g 30 -b:v 300k -cpu-used 8 ;;
        vp8.mkv) show "$1" -c:v libvpx -g 30 -b:v 300k -cpu-used 8 -c:a libopus ;;
        vp9-altref.webm) two_passes "$1" -c:v libvpx-vp9 -auto-alt-ref 1 -lag-in-frames 16 -g 30 \
            -b:v 200k -cpu-used 5 -c:a libopus ;;
        vp9-altref.mkv | vp9-altref.mp4) copy vp9-altref.webm "$1" ;;
        vp9.ivf) copy vp9-altref.webm "$1" -an ;;
        vp9-live.webm) copy vp9-altref.webm "$1" -live 1 ;;
        vp9-alpha.webm) mute "$1" -vf "format=yuva420p,geq=lum='lum(X,Y)':a='mod(X+N*3,256)'" -c:v libvpx-vp9 -g 30 \
            -b:v 200k -cpu-used 8 -deadline realtime ;;
        vp9-444.webm) mute "$1" -c:v libvpx-vp9 -pix_fmt yuv444p -g 30 -b:v 200k -cpu-used 8 -deadline realtime ;;
        vp9-10.webm) mute "$1" -c:v libvpx-vp9 -pix_fmt yuv420p10le -g 30 -b:v 200k -cpu-used 8 -deadline realtime ;;
        av1.mp4) show "$1" -c:v libaom-av1 -cpu-used 8 -g 30 -b:v 200k -pix_fmt yuv420p "${aac[@]}" ;;
        av1.mkv) copy av1.mp4 "$1" ;;
        av1.webm) show "$1" -c:v libaom-av1 -cpu-used 8 -g 30 -b:v 200k -pix_fmt yuv420p -c:a libopus ;;
        av1.obu) copy av1.mp4 "$1" -an ;;
        av1-svt.mp4) SVT_LOG=1 show "$1" -c:v libsvtav1 -preset 10 -g 30 -pix_fmt yuv420p "${aac[@]}" ;;
        av1-10.mp4) mute "$1" -c:v libaom-av1 -cpu-used 8 -usage realtime -g 30 -b:v 200k -pix_fmt yuv420p10le ;;
        av1-gray.mkv) mute "$1" -c:v libaom-av1 -cpu-used 8 -usage realtime -g 30 -b:v 200k -pix_fmt gray ;;
        mpeg1.mpg) show "$1" -c:v mpeg1video -g 15 -bf 2 -b:v 500k -c:a mp2 -f mpeg ;;
        mpeg1.m1v) mute "$1" -c:v mpeg1video -g 15 -bf 2 -b:v 500k ;;
        mpeg2.mpg) show "$1" "${mpeg2[@]}" -c:a mp2 -f vob ;;
        mpeg2.m2v) mute "$1" "${mpeg2[@]}" ;;
        mpeg2.ts) show "$1" "${mpeg2[@]}" -flags +cgop -c:a mp2 ;;
        mpeg2-open.ts) show "$1" "${mpeg2[@]}" -c:a mp2 ;;
        mpeg2.mxf) show "$1" "${mpeg2[@]}" -c:a pcm_s16le ;;
        mpeg2-interlaced.*) rate=50 show "$1" "${mpeg2[@]}" -vf interlace=scan=tff -flags +ildct+ilme -c:a mp2 ;;
        mpeg2-422.ts) show "$1" "${mpeg2[@]}" -pix_fmt yuv422p -c:a mp2 ;;
        mpeg2-pulldown.m2v)
            rate=30000/1001 secs=4 mute whole.m2v "${mpeg2[@]}" -bf 0 -flags +ildct+ilme
            pulldown whole.m2v "$1" ;;
        mpeg2-pulldown.mpg) with_times mpeg2-pulldown.m2v "$1" -f vob ;;
        mpeg2-pulldown.ts) with_times mpeg2-pulldown.m2v "$1" ;;
        mpeg2-captions.m2v) film mpeg2.m2v; captions "$zoo/mpeg2.m2v" "$1" ;;
        mpeg2-captions.ts) with_times mpeg2-captions.m2v "$1" ;;
        mpeg4-b.*) show "$1" -c:v mpeg4 -bf 2 -g 25 -q:v 5 -c:a libmp3lame ;;
        mpeg4.m4v) mute "$1" -c:v mpeg4 -g 25 -q:v 5 -bf 2 -f m4v ;;
        mpeg4-qpel.avi) show "$1" -c:v mpeg4 -flags +qpel+mv4 -bf 2 -g 25 -q:v 5 -c:a libmp3lame ;;
        mpeg4-interlaced.avi) rate=50 show "$1" -vf interlace -c:v mpeg4 -flags +ildct+ilme -g 25 -q:v 5 -c:a ac3 ;;
        mpeg4-plain.avi) show "$1" -c:v mpeg4 -g 25 -q:v 5 -c:a pcm_s16le ;;
        xvid.avi) show "$1" -c:v libxvid -g 25 -q:v 5 -c:a libmp3lame ;;
        # Xvid packs its frames: a B-frame is in the chunk of the frame before it, and an empty frame takes its place.
        xvid-packed.avi) show "$1" -c:v libxvid -bf 2 -g 25 -q:v 5 -c:a libmp3lame ;;
        xvid-packed.mkv) with_times xvid-packed.avi "$1" ;;
        xvid-unpacked.avi) copy xvid-packed.avi "$1" -bsf:v mpeg4_unpack_bframes ;;
        msmpeg4v2.avi) show "$1" -c:v msmpeg4v2 -g 25 -q:v 5 -c:a libmp3lame ;;
        msmpeg4v3.avi) show "$1" -c:v msmpeg4 -g 25 -q:v 5 -c:a libmp3lame ;;
        wmv1.wmv) show "$1" -c:v wmv1 -g 25 -q:v 5 -c:a wmav1 ;;
        wmv2.wmv) show "$1" -c:v wmv2 -g 25 -q:v 5 -c:a wmav2 ;;
        flv1.flv) show "$1" -c:v flv -g 25 -q:v 5 -c:a libmp3lame -ar 44100 ;;
        h263.3gp) size=176x144 show "$1" -c:v h263 -g 25 -q:v 5 "${aac[@]}" ;;
        h263p.avi) show "$1" -c:v h263p -g 25 -q:v 5 -c:a pcm_u8 ;;
        h261.mkv) size=176x144 mute "$1" -c:v h261 -g 25 -q:v 5 ;;
        theora.*) show "$1" -c:v libtheora -g 25 -q:v 5 -c:a libvorbis ;;
        rv10.rm | rv20.rm) size=176x144 show "$1" -c:v "${1%.rm}" -g 25 -q:v 5 -c:a ac3 ;;
        svq1.mov) show "$1" -c:v svq1 -g 25 -q:v 5 -c:a pcm_s16be ;;
        snow.avi) mute "$1" -c:v snow -g 25 -q:v 5 ;;
        flashsv.flv) mute "$1" -c:v flashsv -g 25 ;;
        zmbv.avi) size=96x64 mute "$1" -c:v zmbv -g 25 ;;
    esac
}
