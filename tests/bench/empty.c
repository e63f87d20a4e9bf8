/* empty.c - a preload that does nothing: what any preload costs */
int understudy_bench_empty;
