"""What headwater costs, as ratios within one run; `make bench` runs everything."""
