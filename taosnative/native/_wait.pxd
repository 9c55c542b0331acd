# Whether a call that this thread makes was given up: nobody waits for it, and nobody can know when it comes back.
cdef bint is_given_up(object thread)
