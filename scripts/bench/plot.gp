# gnuplot -e "out='FILE.svg'; size='SIZE.dat'; change='CHANGE.dat'; at='PRINCIPALS';
#	panels='size change'"
# Columns of both: how many, kdcsync, kprop, rsync, iprop; seconds, - for none.
set terminal svg size 960,420 font "sans,13" background "white"
set output out
set datafile missing "-"
set logscale xy
set grid
set key left top
set format x "10^{%L}"
set yrange [0.03:*]
set multiplot layout 1,words(panels)
do for [panel in panels] {
	set xlabel (panel eq "size" ? "principals, 100 changed" : \
	    "changed, of ".at." principals")
	set ylabel "seconds, change to live at the replica"
	file = panel eq "size" ? size : change
	plot file using 1:2 title "kdcsync" with linespoints lw 2 pt 7, \
	    file using 1:3 title "dump + kprop" with linespoints lw 2 pt 5, \
	    file using 1:4 title "dump + rsync + load" with linespoints lw 2 pt 9, \
	    file using 1:5 title "iprop, poll 2 s" with linespoints lw 2 pt 13
}
unset multiplot
