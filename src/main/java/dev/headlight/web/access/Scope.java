package dev.headlight.web.access;

import dev.headlight.tensor.Wire;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;

/** What a client may do. Each scope includes those before it. */
enum Scope {
    /** Reads models, tokens, metrics and the API document. */
    READ,
    /** Runs analyses. */
    RUN,
    /** Loads, unloads, downloads and deletes models. */
    ADMIN;

    /** The name in settings and tokens. */
    String wireName() {
        return Wire.name(this);
    }

    /** The authority as Spring Security names the scopes of tokens. */
    String authority() {
        return "SCOPE_" + wireName();
    }

    GrantedAuthority granted() {
        return new SimpleGrantedAuthority(authority());
    }
}
