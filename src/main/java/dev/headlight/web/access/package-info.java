/** Who may use the service: keys and tokens with scopes, names of the host, origins of pages, and rate limits. */
@NullMarked
package dev.headlight.web.access;

import org.jspecify.annotations.NullMarked;
