# shellcheck shell=bash disable=SC2154
# Films whose clock jumps midway, mostly back. Each stretch has different pictures, so that no picture passes for another, and in each
# second a white picture with a beep (as in beep.sh), to compare sound with picture.
own clock clock-twice.ts clock-ahead.ts clock-leap.ts clock-mid-group.ts clock-back.flv clock-sound-apart.ts

# OUT FILTER OPTION…: a stretch of four seconds.
stretch() {
    local white="drawbox=color=white:t=fill:enable='eq(mod(n,25),10)'"
    local since="mod(t+0.5/48000+0.6,1)"
    local beeps="aevalsrc=exprs='0.8*sin(2*PI*1000*$since)*lt($since,0.02)':sample_rate=48000:duration=4"
    ff -f lavfi -i "$(secs=4 picture)" -f lavfi -i "$beeps" -threads 1 -vf "$2,lutyuv=y=val/2,$white" \
        "${x264[@]}" -b_strategy 0 "${aac[@]}" "${@:3}" "$1"
}

make_clock() {
    case $1 in
        clock-twice.ts) # The stretches share no times.
            stretch first.ts null -output_ts_offset 20
            stretch second.ts negate -output_ts_offset 9
            stretch third.ts hflip
            cat first.ts second.ts third.ts > "$1" ;;
        clock-ahead.ts) # A recording with a hole of twenty seconds, and one of a minute.
            stretch first.ts null
            stretch second.ts negate -output_ts_offset 24
            stretch third.ts hflip -output_ts_offset 88
            cat first.ts second.ts third.ts > "$1" ;;
        clock-leap.ts) # ffmpeg mistakes the second's times, long before the first's, for times after the clock's end.
            stretch first.ts null -output_ts_offset 200
            stretch second.ts negate
            cat first.ts second.ts > "$1" ;;
        clock-mid-group.ts) # The new clock begins with the 63rd packet, in the middle of a group and of a tone.
            stretch whole.ts null
            ff -i whole.ts -c copy -frames:v 63 -t 2.541 -output_ts_offset 30 -muxdelay 0 "$1"
            ff -i whole.ts -c copy -copyinkf -ss 2.541 second.ts
            cat second.ts >> "$1" ;;
        clock-back.flv) # There is only one head, of 13 bytes.
            stretch "$1" null
            stretch second.flv negate
            tail -c +14 second.flv >> "$1" ;;
        clock-sound-apart.ts) # The clock of the sound runs on.
            stretch first.ts null
            stretch second.ts negate -af asetpts=PTS+4.02/TB
            cat first.ts second.ts > "$1" ;;
    esac
}
