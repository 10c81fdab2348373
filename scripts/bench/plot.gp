# gnuplot -e "out='FILE.svg'; size='SIZE.dat'; change='CHANGE.dat'; at='PRINCIPALS';
#	panels='size change'; size_columns='2 3 4 5'; change_columns='2 3 5'"
# Columns of both: how many, kdcsync, kprop, rsync, iprop; seconds, - for none.
set terminal svg size 960,420 font "sans,13" background "white"
set output out
set datafile missing "-"
set logscale xy
set grid
set format x "10^{%L}"
set yrange [0.03:*]
name(i) = i == 2 ? "kdcsync" : i == 3 ? "dump + kprop" : \
    i == 4 ? "dump + rsync + load" : "iprop, poll 2 s"
mark(i) = i == 2 ? 7 : i == 3 ? 5 : i == 4 ? 9 : 13
set multiplot layout 1,words(panels)
do for [panel in panels] {
	# Where no line is.
	if (panel eq "size") { set key left top } else { set key left bottom }
	set xlabel (panel eq "size" ? "principals, 100 changed" : \
	    "changed, of ".at." principals")
	set ylabel "seconds, change to live at the replica"
	file = panel eq "size" ? size : change
	columns = panel eq "size" ? size_columns : change_columns
	plot for [i in columns] file using 1:int(i) title name(int(i)) \
	    with linespoints lw 2 pt mark(int(i)) lc int(i) - 1
}
unset multiplot
