# shellcheck shell=bash disable=SC2154
# Streams besides the picture, and different times at which they begin and end.
own streams \
    two-videos.mkv two-videos.mp4 cover-first.mp4 cover-last.mp4 cover.mkv cover.m4v cover.avi three-audio.mkv \
    three-audio.mp4 subtitles.mkv subtitles.mp4 subtitles-pictures.mkv subtitles-dvb.ts subtitles-early.mkv \
    webvtt.webm data-track.mov audio-longer.mp4 audio-longer.mkv audio-shorter.mp4 audio-late.mp4 audio-late.mkv \
    audio-early.mp4 audio-priming.mp4 audio-gap.mkv audio-pcm.mov audio-pcm.mkv audio-opus.mkv audio-opus.mp4 \
    audio-flac.mkv audio-ac3.ts audio-mp3.avi audio-eac3.mp4 audio-alac.mov audio-truehd.mkv audio-dts.mkv \
    audio-vorbis.mkv audio-lpcm.vob audio-lpcm.m2ts audio-44100.mp4 audio-71.mkv audio-first.mkv audio-change.ts \
    no-audio.mkv one-frame.mp4 one-frame.mkv two-frames.mp4 two-frames.ts three-frames.mkv tags.mkv tags.mp4 \
    tags.mov chapters.mp4 chapters-odd.mkv long-name-tags.mkv

cover() { ff -f lavfi -i "$(size=120x160 picture)" -frames:v 1 -update 1 cover.png; }

# CHAPTERS in seconds: writes tags.txt with tags and chapters.
tags() {
    local start=0 end
    printf ';FFMETADATA1\ntitle=A film; with \\= signs\nartist=Näme – 名前\ncomment=First line\\\n'
    printf 'second line\ndate=2001-02-03\ngenre=Test\ncopyright=None\ndescription=%0300d\n' 7
    for end in "$@"; do
        printf '[CHAPTER]\nTIMEBASE=1/1000\nSTART=%s\nEND=%s\ntitle=Chapter “%s”\n' "$start" "$end" "$end"
        start=$end
    done
}

# FIRST: subtitles, from this second on.
text() {
    printf '1\n00:00:0%d,200 --> 00:00:0%d,500\nFirst <i>line</i>\n\n' "$1" "$(($1 + 1))"
    printf '2\n00:00:0%d,000 --> 00:00:0%d,900\nSecond line\nof two – ä\n\n' "$(($1 + 2))" "$(($1 + 3))"
}

# Subtitles as pictures: a PGS stream with one white block from 1 s to 3 s.
pictures() {
    perl -e '
        sub part { my ($t, $kind, $body) = @_; print "PG", pack("NNCn", $t * 90000, 0, $kind, length $body), $body }
        my ($w, $h) = (60, 16);
        my $line = pack("CCCCC", 0, 0x80 | $w, 1, 0, 0); my $runs = $line x $h;
        my $window = pack("CCnnnn", 1, 0, 40, 80, $w, $h);
        part(1, 0x16, pack("nnCnCCCC", 192, 108, 0x10, 0, 0x80, 0, 0, 1) . pack("nCCnn", 0, 0, 0, 40, 80));
        part(1, 0x17, $window);
        part(1, 0x14, pack("CC", 0, 0) . pack("CCCCC", 1, 235, 128, 128, 255));
        part(1, 0x15, pack("nCC", 0, 0, 0xc0) . substr(pack("N", 4 + length $runs), 1) . pack("nn", $w, $h) . $runs);
        part(1, 0x80, "");
        part(3, 0x16, pack("nnCnCCCC", 192, 108, 0x10, 1, 0, 0, 0, 0));
        part(3, 0x17, $window);
        part(3, 0x80, "")'
}

# OUT VIDEO-SECONDS AUDIO-SECONDS OPTION…
lengths() {
    ff -f lavfi -i "$(secs=$2 picture)" -f lavfi -i "$(secs=$3 tone)" -threads 1 "${x264[@]}" "${aac[@]}" "${@:4}" "$1"
}

# OUT VIDEO-OFFSET AUDIO-OFFSET
offsets() {
    ff -itsoffset "$2" -f lavfi -i "$(picture)" -itsoffset "$3" -f lavfi -i "$(tone)" -threads 1 "${x264[@]}" \
        "${aac[@]}" -fps_mode passthrough "$1"
}

make_streams() {
    case $1 in
        two-videos.*)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(size=128x72 rate=50 secs=4 picture)" -f lavfi -i "$(tone)" \
                -map 0 -map 1 -map 2 -threads 1 "${x264[@]}" "${aac[@]}" "$1" ;;
        cover-first.mp4 | cover-last.mp4 | cover.m4v)
            film h264-plain.mp4
            cover
            local order=(-map 0 -map 1 -disposition:v:1 attached_pic)
            [ "$1" = cover-first.mp4 ] && order=(-map 1 -map 0 -disposition:v:0 attached_pic -disposition:v:1 default)
            ff -i "$zoo/h264-plain.mp4" -i cover.png "${order[@]}" -c copy -f mp4 "$1" ;;
        cover.mkv)
            cover
            copy h264-plain.mkv "$1" -attach cover.png -metadata:s:t mimetype=image/png \
                -metadata:s:t filename=cover.png ;;
        cover.avi) # A picture of one frame beside the film's, without the flag of a cover.
            film mpeg4-plain.avi
            cover
            ff -i "$zoo/mpeg4-plain.avi" -i cover.png -map 0 -map 1 -c copy -c:v:1 mjpeg -pix_fmt:v:1 yuvj420p "$1" ;;
        three-audio.*)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -map 0 -map 1 -map 1 -map 1 -threads 1 "${x264[@]}" \
                -c:a aac -ac:a:0 6 -c:a:0 ac3 -ac:a:1 1 -ac:a:2 2 -ar:a:2 44100 -metadata:s:a:0 language=ger \
                -metadata:s:a:0 title=Surround -metadata:s:a:1 language=eng -metadata:s:a:1 title=Mono \
                -metadata:s:a:2 language=jpn -metadata:s:a:2 title=Comments -disposition:a:0 0 \
                -disposition:a:1 default -disposition:a:2 comment+hearing_impaired "$1" ;;
        subtitles.mkv)
            text 0 > one.srt
            tags 2000 5000 > tags.txt
            head -c 2000 /dev/zero > font.ttf
            film h264-plain.mp4
            ff -i "$zoo/h264-plain.mp4" -i one.srt -i tags.txt -map 0 -map 1 -map 1 -map_metadata 2 -map_chapters 2 \
                -c copy -c:s:0 srt -c:s:1 ass -metadata:s:s:0 language=ger -metadata:s:s:1 language=eng \
                -disposition:s:0 forced \
                -attach font.ttf -metadata:s:t:0 mimetype=application/x-truetype-font "$1" ;;
        subtitles.mp4)
            text 0 > one.srt
            tags 2000 5000 > tags.txt
            film h264-plain.mp4
            ff -i "$zoo/h264-plain.mp4" -i one.srt -i tags.txt -map 0 -map 1 -map_metadata 2 -map_chapters 2 -c copy \
                -c:s mov_text -metadata:s:s:0 language=ger "$1" ;;
        subtitles-early.mkv) # They begin before the picture does.
            text 0 > one.srt
            film h264-plain.mp4
            ff -itsoffset 1.5 -i "$zoo/h264-plain.mp4" -i one.srt -map 0 -map 1 -c copy -c:s srt "$1" ;;
        subtitles-pictures.mkv | subtitles-dvb.ts)
            pictures > one.sup
            film h264-plain.mp4
            if [ "$1" = subtitles-dvb.ts ]; then
                ff -i "$zoo/h264-plain.mp4" -i one.sup -map 0 -map 1 -c copy -c:s dvbsub "$1"
            else
                ff -i "$zoo/h264-plain.mp4" -i one.sup -map 0 -map 1 -map 1 -c copy -c:s:0 dvdsub -c:s:1 copy "$1"
            fi ;;
        webvtt.webm)
            text 0 > one.srt
            film vp9-altref.webm
            ff -i "$zoo/vp9-altref.webm" -i one.srt -map 0 -map 1 -c copy -c:s webvtt "$1" ;;
        data-track.mov) copy h264-mov.mov "$1" -timecode 00:59:58:00 ;;
        audio-longer.*) lengths "$1" 4 7 ;;
        audio-shorter.mp4) lengths "$1" 5 2.5 ;;
        audio-late.*) offsets "$1" 0 0.75 ;;
        audio-early.mp4) offsets "$1" 0.5 0 ;;
        audio-priming.mp4) copy h264-plain.mkv "$1" ;; # The sound is 21 ms before the picture.
        audio-gap.mkv) show "$1" "${x264[@]}" "${aac[@]}" -af "aselect='not(between(t,2,3))'" ;;
        *) make_sounds "$1" ;;
    esac
}
