package dev.headlight.web;

import dev.headlight.tensor.Wire;

/** Encoding of a tensor's values in JSON. */
public enum Encoding {
    /** Nested arrays of numbers. */
    NESTED,
    /** Little-endian float32 bytes in base64. */
    BASE64;

    @Override
    public String toString() {
        return Wire.name(this);
    }
}
