/** HTTP: one controller for each resource, JSON in, the negotiated form out, every fault as a problem detail. */
@NullMarked
package dev.headlight.web;

import org.jspecify.annotations.NullMarked;
