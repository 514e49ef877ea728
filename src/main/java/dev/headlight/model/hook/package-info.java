/** Hook points and their names, hooks that read or change the values there, captures, gradients and the KV cache. */
@NullMarked
package dev.headlight.model.hook;

import org.jspecify.annotations.NullMarked;
