/* Marks that callgrind is told of: counting begins at one and ends at the other.
 *
 * They are functions within functions, since what ctypes calls does not look like a call to callgrind. */

static volatile int n_begun, n_ended;

__attribute__((noinline)) void instructions_begin(void) { n_begun++; }

__attribute__((noinline)) void instructions_end(void) { n_ended++; }

int begin(void) {
    instructions_begin();
    return n_begun;
}

int end(void) {
    instructions_end();
    return n_ended;
}
