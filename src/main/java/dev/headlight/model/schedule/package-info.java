/** Which thread computes what, when, and with how many threads per operation: engine threads, their queue and its tasks. */
@NullMarked
package dev.headlight.model.schedule;

import org.jspecify.annotations.NullMarked;
