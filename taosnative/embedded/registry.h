/* Results by token: a stale or foreign pointer is known for what it is, and a result that is freed while another thread
 * uses it lives until that use ends. A token is never given twice. */
#ifndef TAOSNATIVE_EMBEDDED_REGISTRY_H
#define TAOSNATIVE_EMBEDDED_REGISTRY_H

#include "lock.h"
#include "result.h"

#define REGISTRY_INDEX_BITS 24
#define REGISTRY_INDEX_MASK (((uintptr_t)1 << REGISTRY_INDEX_BITS) - 1)

typedef struct registry_slot {
    uintptr_t token; /* 0: free */
    result *object;
    size_t next_free; /* index + 1 of the next free slot, 0 at the last */
} registry_slot;

static struct {
    lock_t lock;
    registry_slot *slots;
    size_t n_slots;
    size_t first_free; /* index + 1 */
    uintptr_t n_given;
    void (*destroy)(result *); /* end a result that nobody holds; takes the GIL */
} registry = {LOCK_INITIAL, NULL, 0, 0, 0, NULL};

static inline bool registry_grow(void)
{
    size_t n_slots = registry.n_slots * 2 + 64;
    if (n_slots > REGISTRY_INDEX_MASK) return false;
    registry_slot *slots = (registry_slot *)realloc(registry.slots, n_slots * sizeof *slots);
    if (slots == NULL) return false;
    for (size_t i = registry.n_slots; i < n_slots; i++) {
        slots[i].token = 0;
        slots[i].next_free = i + 1 < n_slots ? i + 2 : 0;
    }
    registry.first_free = registry.n_slots + 1;
    registry.slots = slots;
    registry.n_slots = n_slots;
    return true;
}

static inline bool registry_put(result *object)
{
    lock_take(&registry.lock);
    bool ok = registry.first_free != 0 || registry_grow();
    if (ok) {
        size_t index = registry.first_free - 1;
        registry_slot *slot = &registry.slots[index];
        registry.first_free = slot->next_free;
        slot->token = (++registry.n_given << REGISTRY_INDEX_BITS) | index;
        slot->object = object;
        object->token = (void *)slot->token;
    }
    lock_give(&registry.lock);
    return ok;
}

static inline void registry_on_end(void (*destroy)(result *)) { registry.destroy = destroy; }

static inline registry_slot *registry_find(const void *token)
{
    size_t index = (uintptr_t)token & REGISTRY_INDEX_MASK;
    if (token == NULL || index >= registry.n_slots) return NULL;
    registry_slot *slot = &registry.slots[index];
    return slot->token == (uintptr_t)token ? slot : NULL;
}

/* A result to use until it is dropped; NULL where there is none. */
static inline result *registry_hold(const void *token)
{
    lock_take(&registry.lock);
    registry_slot *slot = registry_find(token);
    result *object = slot != NULL ? slot->object : NULL;
    if (object != NULL) object->n_holders++;
    lock_give(&registry.lock);
    return object;
}

static inline void registry_drop(result *object)
{
    lock_take(&registry.lock);
    bool is_last = --object->n_holders == 0;
    lock_give(&registry.lock);
    if (is_last) registry.destroy(object);
}

/* Forget a token, whose result the caller then drops; NULL where there is none, or one that only its owner frees. */
static inline result *registry_take(const void *token, bool by_owner)
{
    lock_take(&registry.lock);
    registry_slot *slot = registry_find(token);
    result *object = slot != NULL && (by_owner || !slot->object->is_lent) ? slot->object : NULL;
    if (object != NULL) {
        slot->token = 0;
        slot->object = NULL;
        slot->next_free = registry.first_free;
        registry.first_free = (size_t)(slot - registry.slots) + 1;
    }
    lock_give(&registry.lock);
    return object;
}

#endif
