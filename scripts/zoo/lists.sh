# shellcheck shell=bash disable=SC2154
# Edit lists of MP4 and MOV.
own lists \
    list-mid-group.mp4 list-mid-group-open.mp4 list-mid-group-hevc.mp4 list-mid-group.mov list-mid-group-xvid.mp4 \
    list-empty.mp4 list-empty-open.mp4 list-none.mp4 list-none-open.mp4 list-tail.mp4 list-tail-open.mp4 \
    list-two.mp4 list-three.mp4 list-two-open.mp4 list-repeat.mp4 list-rest.mp4 list-fragments.mp4 list-end-mid.mp4

# SOURCE OUT ENTRY…: replaces the edit list of the picture's track. An entry is a duration in 1/1000 s and a start
# in the units of the track (-1: nothing is shown). The index is after the film, so no offsets change.
edits() {
    film "$1"
    perl -0777 -e '
        my ($from, @entries) = @ARGV;
        open my $in, "<:raw", $from; my $all = <$in>;
        my $list = pack "NN", 0, scalar @entries;
        for (@entries) { my ($d, $s) = split /:/; $list .= pack "NNN", $d, $s & 0xffffffff, 65536 }
        my $total = 0; $total += (split /:/)[0] for @entries;
        sub box { my ($kind, $body) = @_; pack("N", 8 + length $body) . $kind . $body }
        sub each_box { # the boxes in a box, each changed by a function
            my ($body, $change) = @_; my ($out, $at) = ("", 0);
            while ($at < length $body) {
                my ($n, $kind) = unpack "Na4", substr $body, $at, 8;
                $out .= $change->($kind, substr $body, $at + 8, $n - 8); $at += $n;
            }
            $out
        }
        my $tracks = 0;
        print each_box($all, sub {
            my ($kind, $body) = @_;
            return box($kind, $body) if $kind ne "moov";
            box($kind, each_box($body, sub {
                my ($kind, $body) = @_;
                return box($kind, $body) if $kind ne "trak" || $tracks++;
                my $edits = box("edts", box("elst", $list));
                box($kind, each_box($body, sub {
                    my ($kind, $body) = @_;
                    return "" if $kind eq "edts";
                    substr($body, 20, 4) = pack "N", $total if $kind eq "tkhd";
                    box($kind, $body) . ($kind eq "tkhd" ? $edits : "")
                }))
            }))
        })' "$zoo/$1" "${@:3}" > "$2"
}

make_lists() { # The tracks of the sources count in 1/12800 s, and their pictures start at 1024.
    case $1 in
        list-mid-group.mp4 | list-mid-group.mov)
            film h264-plain.mp4
            ff -ss 1.3 -i "$zoo/h264-plain.mp4" -c copy "$1" ;;
        list-mid-group-open.mp4)
            film h264-open-gop.mp4
            ff -ss 1.7 -i "$zoo/h264-open-gop.mp4" -c copy "$1" ;;
        list-mid-group-hevc.mp4)
            film hevc-open-gop.mp4
            ff -ss 1.7 -i "$zoo/hevc-open-gop.mp4" -c copy "$1" ;;
        list-mid-group-xvid.mp4)
            film mpeg4-b.mp4
            ff -ss 1.7 -i "$zoo/mpeg4-b.mp4" -c copy "$1" ;;
        list-empty.mp4)
            film h264-plain.mp4
            ff -itsoffset 0.5 -i "$zoo/h264-plain.mp4" -i "$zoo/h264-plain.mp4" -map 0:v -map 1:a -c copy "$1" ;;
        list-empty-open.mp4)
            film h264-open-gop.mp4
            ff -itsoffset 0.513 -i "$zoo/h264-open-gop.mp4" -i "$zoo/h264-open-gop.mp4" -map 0:v -map 1:a \
                -c copy "$1" ;;
        list-none.mp4) copy h264-plain.mp4 "$1" -use_editlist 0 ;;
        list-none-open.mp4) copy h264-open-gop.mp4 "$1" -use_editlist 0 -an ;;
        list-tail.mp4) edits h264-mov.mov "$1" 3300:1024 ;;
        list-tail-open.mp4) edits h264-open-gop.mp4 "$1" 3700:1024 ;;
        list-end-mid.mp4) edits h264-open-gop.mp4 "$1" 2130:18000 ;;
        list-two.mp4) edits h264-mov.mov "$1" 1500:1024 2000:38400 ;;
        list-two-open.mp4) edits h264-open-gop.mp4 "$1" 1530:8192 1870:39000 ;;
        list-three.mp4) edits h264-open-gop.mp4 "$1" 1000:14000 1000:33000 1000:50000 ;;
        list-repeat.mp4) edits h264-open-gop.mp4 "$1" 1500:20000 1500:20000 ;; # The same scene twice.
        list-rest.mp4) edits h264-open-gop.mp4 "$1" 700:-1 1500:1024 600:-1 2000:30000 ;;
        list-fragments.mp4)
            film h264-plain.mp4
            ff -ss 1.3 -i "$zoo/h264-plain.mp4" -c copy -movflags +frag_keyframe+empty_moov+delay_moov "$1" ;;
    esac
}
