/**
 * Which thread computes what, when, and with how many threads per operation: engine threads, their queue and its tasks. And
 * when a request's computation ends early: its client is gone, its time is over, or the service stops.
 */
@NullMarked
package dev.headlight.model.schedule;

import org.jspecify.annotations.NullMarked;
