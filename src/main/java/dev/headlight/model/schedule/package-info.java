/** When a request's computation ends early: its client is gone, its time is over, or the service stops. */
@NullMarked
package dev.headlight.model.schedule;

import org.jspecify.annotations.NullMarked;
