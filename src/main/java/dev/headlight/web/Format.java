package dev.headlight.web;

import org.springframework.http.MediaType;

/** The forms of an answer, chosen by {@code Accept}. */
enum Format {
    JSON(MediaType.APPLICATION_JSON_VALUE),
    SAFETENSORS(Format.SAFETENSORS_VALUE),
    NPY(Format.NPY_VALUE),
    PNG(MediaType.IMAGE_PNG_VALUE),
    SVG(Format.SVG_VALUE);

    static final String SAFETENSORS_VALUE = "application/vnd.safetensors";
    static final String NPY_VALUE = "application/x-npy";
    static final String SVG_VALUE = "image/svg+xml";

    private final MediaType mediaType;

    Format(String mediaType) {
        this.mediaType = MediaType.parseMediaType(mediaType);
    }

    MediaType mediaType() {
        return mediaType;
    }

    boolean isPicture() {
        return this == PNG || this == SVG;
    }

    /** Whether the form has room for what is no tensor. */
    boolean holdsText() {
        return this == JSON || this == SAFETENSORS;
    }

    /** About what one value takes in the answer: digits, base64, or four bytes. */
    double bytesPerValue(Encoding encoding) {
        return switch (this) {
            case JSON -> encoding == Encoding.NESTED ? 12 : 16 / 3.0;
            default -> Float.BYTES;
        };
    }
}
