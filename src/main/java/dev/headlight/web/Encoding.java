package dev.headlight.web;

/** How a tensor's values stand in JSON. */
enum Encoding {
    /** Arrays in arrays. */
    NESTED,
    /** Little-endian float32 bytes in base64. */
    BASE64;

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
