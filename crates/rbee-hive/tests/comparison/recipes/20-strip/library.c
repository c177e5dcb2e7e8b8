static int unused(int n) { return n * 2; }
int answer(void) { return unused(21); }
