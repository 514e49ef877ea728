package dev.headlight.web;

import dev.headlight.interp.Writing;
import org.springframework.http.MediaType;

/** The formats of an answer, chosen by the {@code Accept} header. */
enum Format {
    JSON(MediaType.APPLICATION_JSON_VALUE),
    SAFETENSORS(Format.SAFETENSORS_VALUE),
    NPY(Format.NPY_VALUE),
    PNG(MediaType.IMAGE_PNG_VALUE),
    SVG(Format.SVG_VALUE),
    DOT(Format.DOT_VALUE);

    static final String SAFETENSORS_VALUE = "application/vnd.safetensors";
    static final String NPY_VALUE = "application/x-npy";
    static final String SVG_VALUE = "image/svg+xml";
    static final String DOT_VALUE = "text/vnd.graphviz";

    private static final Writing NESTED = new Writing(12, 4.5, 100, 1);
    private static final Writing BASE64 = new Writing(16 / 3.0, 16 / 3.0, 100, 1);
    private static final Writing BINARY =
            new Writing(Float.BYTES, Float.BYTES, 185, 1.3); // quotes in the metadata are escaped

    private final MediaType mediaType;

    Format(String mediaType) {
        this.mediaType = MediaType.parseMediaType(mediaType);
    }

    MediaType mediaType() {
        return mediaType;
    }

    /** Whether the format is a drawing. */
    boolean isPicture() {
        return this == PNG || this == SVG || this == DOT;
    }

    /** Whether the format can hold values that are not tensors. */
    boolean holdsText() {
        return this == JSON || this == SAFETENSORS;
    }

    /** The size of values in this format: digits, base64, or four bytes per value. */
    Writing writing(Encoding encoding) {
        return switch (this) {
            case JSON -> encoding == Encoding.NESTED ? NESTED : BASE64;
            case SAFETENSORS -> BINARY;
            case NPY -> new Writing(Float.BYTES, Float.BYTES, 128, 0);
            case PNG, SVG, DOT -> Writing.VALUES;
        };
    }
}
