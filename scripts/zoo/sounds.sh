# shellcheck shell=bash disable=SC2154
# Sound codecs, films of a few frames, tags and chapters: the rest of the family streams.

# OUT OPTION…: a picture with one kind of sound.
sound() { show "$1" "${x264[@]}" "${@:2}"; }

make_sounds() {
    case $1 in
        audio-pcm.*) sound "$1" -c:a pcm_s24le ;;
        audio-opus.*) sound "$1" -c:a libopus -b:a 64k ;;
        audio-flac.mkv) sound "$1" -c:a flac ;;
        audio-ac3.ts) sound "$1" -c:a ac3 -ac 6 ;;
        audio-mp3.avi) sound "$1" -c:v mpeg4 -bf 0 -c:a libmp3lame -ar 44100 ;;
        audio-eac3.mp4) sound "$1" -c:a eac3 ;;
        audio-alac.mov) sound "$1" -c:a alac ;;
        audio-truehd.mkv) sound "$1" -c:a truehd -strict -2 ;;
        audio-dts.mkv) sound "$1" -c:a dca -strict -2 -ac 6 ;;
        audio-vorbis.mkv) sound "$1" -c:a libvorbis ;;
        audio-lpcm.vob) show "$1" "${mpeg2[@]}" -c:a pcm_dvd ;;
        audio-lpcm.m2ts) sound "$1" -c:a pcm_bluray ;;
        audio-44100.mp4) sound "$1" "${aac[@]}" -ar 44100 -ac 1 ;;
        audio-71.mkv) sound "$1" -c:a flac -ac 8 ;;
        audio-first.mkv) # The streams are in another order.
            film h264-plain.mp4
            ff -i "$zoo/h264-plain.mp4" -map 0:a -map 0:v -c copy "$1" ;;
        audio-change.ts) # From stereo to six channels, and to another rate.
            secs=3 sound first.ts "${aac[@]}" -ac 2
            secs=3 sound second.ts "${aac[@]}" -ac 6 -ar 44100 -output_ts_offset 3.08
            cat first.ts second.ts > "$1" ;;
        no-audio.mkv) mute "$1" "${x264[@]}" ;;
        one-frame.*) mute "$1" -frames:v 1 "${x264[@]}" ;;
        two-frames.*) show "$1" -frames:v 2 "${x264[@]}" "${aac[@]}" -shortest ;;
        three-frames.mkv) mute "$1" -frames:v 3 "${x264[@]}" ;;
        tags.* | chapters.mp4 | chapters-odd.mkv)
            film h264-plain.mp4
            case $1 in
                chapters-odd.mkv) tags 1 1337 1338 4999 9000 > tags.txt ;; # Chapters that are too short, and one beyond the end.
                chapters.mp4) tags 1000 2500 5000 > tags.txt ;;
                *) tags > tags.txt ;;
            esac
            ff -i "$zoo/h264-plain.mp4" -i tags.txt -map 0 -map_metadata 1 -map_chapters 1 -c copy \
                -movflags +use_metadata_tags -metadata own_tag=Own -metadata:s:v:0 title=Picture \
                -metadata:s:v:0 language=fre -metadata:s:a:0 handler_name=Sound "$1" ;;
        long-name-tags.mkv)
            local more=() n
            for n in {1..60}; do more+=(-metadata "TAG_NUMBER_$n=$(printf '%0200d' "$n")"); done
            copy h264-plain.mkv "$1" "${more[@]}" ;;
    esac
}
