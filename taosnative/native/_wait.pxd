cdef extern from "taosnative/helpers.h" nogil:
    ctypedef struct taosnative_job:
        void (*make)(taosnative_job *) noexcept nogil
        void (*late)(taosnative_job *) noexcept nogil

# Whether a call that this thread makes, or a job that goes by this number, was given up: nobody waits for it, and
# nobody can know when it comes back.
cdef bint is_given_up(object who)
cdef void mark_given_up(object who, bint is_so) noexcept

# Whether a call of this thread can be ended only if a helper makes it.
cdef bint needs_helper(object timeout)

# Have a job done by a helper; false where there can be no more threads.
cdef bint start_job(taosnative_job *job) noexcept
# Whether it came back in time: it must not be waited for again then. A signal's exception leaves it under way.
cdef bint await_job(taosnative_job *job, object timeout) except -1
# Whether it came back in the time that a job has which was stopped.
cdef bint await_stopped_job(taosnative_job *job) noexcept
# Leave it to its helper, whose `late` gets it; false where it has come back just now.
cdef bint leave_job(taosnative_job *job) noexcept
