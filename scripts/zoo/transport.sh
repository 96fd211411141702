# shellcheck shell=bash disable=SC2154
# Transport streams and program streams.
own transport \
    ts-two-programmes.ts ts-one-of-two.ts ts-192.m2ts ts-hevc.m2ts ts-mid-group.ts ts-mid-packet.ts \
    ts-mid-group-open.ts ts-mid-group-hevc.ts ts-mid-group-mpeg2.ts ts-audio-early.ts ts-audio-late.ts \
    ts-late-tables.ts ts-cbr.ts ts-pes-per-frame.ts ts-other-pids.ts ts-discontinuity.ts ts-no-b.ts \
    ts-long-offset.ts ts-joined.ts ps-h264.mpg ps-mpeg2-offset.mpg ps-mid-group.vob ps-two-audio.vob ps-wrap.mpg

# Transport streams with 204 bytes in a packet are missing: ffmpeg can't write them.

# SOURCE OUT N: drops the first N bytes.
without_start() {
    film "$1"
    tail -c +$(($3 + 1)) "$zoo/$1" > "$2"
}

make_transport() {
    case $1 in
        ts-two-programmes.ts)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -f lavfi -i "$(size=128x72 picture)" \
                -f lavfi -i "$(hertz=880 tone)" -map 0 -map 1 -map 2 -map 3 -threads 1 "${x264[@]}" "${aac[@]}" \
                -program title=First:st=0:st=1 -program title=Second:st=2:st=3 "$1" ;;
        ts-one-of-two.ts) # The second program starts 2 s late.
            film h264-plain.ts
            film h264-5994.ts
            ff -i "$zoo/h264-plain.ts" -itsoffset 2 -i "$zoo/h264-5994.ts" -map 0 -map 1 -c copy \
                -program title=First:st=0:st=1 -program title=Second:st=2:st=3 "$1" ;;
        ts-192.m2ts) copy h264-open-gop.ts "$1" ;;
        ts-hevc.m2ts) copy hevc-open-gop.ts "$1" ;;
        ts-mid-group.ts) without_start h264-plain.ts "$1" $((188 * 200)) ;;
        ts-mid-packet.ts) without_start h264-plain.ts "$1" 45678 ;;
        ts-mid-group-open.ts) without_start h264-open-gop.ts "$1" $((188 * 190)) ;;
        ts-mid-group-hevc.ts) without_start hevc-open-gop.ts "$1" $((188 * 190)) ;;
        ts-mid-group-mpeg2.ts) without_start mpeg2-open.ts "$1" $((188 * 190)) ;;
        ts-audio-early.ts)
            ff -itsoffset 0.6 -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -threads 1 "${x264[@]}" "${aac[@]}" "$1" ;;
        ts-audio-late.ts)
            ff -f lavfi -i "$(picture)" -itsoffset 0.6 -f lavfi -i "$(tone)" -threads 1 "${x264[@]}" "${aac[@]}" "$1" ;;
        ts-late-tables.ts) copy h264-plain.ts "$1" -pat_period 3 -sdt_period 3 ;;
        ts-cbr.ts) copy h264-open-gop.ts "$1" -muxrate 600k -muxdelay 1.5 ;;
        ts-pes-per-frame.ts) copy h264-plain.ts "$1" -pes_payload_size 0 -omit_video_pes_length 0 ;;
        ts-other-pids.ts)
            copy h264-plain.ts "$1" -mpegts_start_pid 0x1F0 -mpegts_pmt_start_pid 0x30 -streamid 0:0x3E9 ;;
        ts-discontinuity.ts) # Joined in the middle of a group, with the discontinuity flag but other times.
            film h264-plain.ts
            ff -i "$zoo/h264-plain.ts" -c copy -mpegts_flags +initial_discontinuity -output_ts_offset 300 second.ts
            head -c $((188 * 437)) "$zoo/h264-plain.ts" > "$1"
            cat second.ts >> "$1" ;;
        ts-no-b.ts) show "$1" "${x264[@]}" -bf 0 -tune zerolatency "${aac[@]}" ;;
        ts-long-offset.ts) copy h264-open-gop.ts "$1" -output_ts_offset 47000 ;;
        ts-joined.ts) # Two recordings in a row; the times of the second continue the first.
            film h264-plain.ts
            ff -i "$zoo/h264-plain.ts" -c copy -output_ts_offset 5.2 second.ts
            cat "$zoo/h264-plain.ts" second.ts > "$1" ;;
        ps-h264.mpg) show "$1" "${x264[@]}" -c:a mp2 -f mpeg ;;
        ps-mpeg2-offset.mpg) copy mpeg2.mpg "$1" -f vob -output_ts_offset 700 ;;
        ps-mid-group.vob) without_start mpeg2.mpg "$1" $((2048 * 31)) ;;
        ps-two-audio.vob)
            ff -f lavfi -i "$(picture)" -f lavfi -i "$(tone)" -f lavfi -i "$(hertz=880 tone)" -map 0 -map 1 -map 2 \
                -threads 1 "${mpeg2[@]}" -c:a:0 mp2 -c:a:1 ac3 "$1" ;;
        ps-wrap.mpg) copy mpeg2.mpg "$1" -f vob -output_ts_offset 95440.5 ;;
    esac
}
