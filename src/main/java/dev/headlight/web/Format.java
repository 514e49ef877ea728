package dev.headlight.web;

import dev.headlight.interp.session.WireSize;
import org.springframework.http.MediaType;

/** The formats of an answer, chosen by the {@code Accept} header. */
public enum Format {
    JSON(MediaType.APPLICATION_JSON_VALUE),
    SAFETENSORS(Format.SAFETENSORS_VALUE),
    NPY(Format.NPY_VALUE),
    PNG(MediaType.IMAGE_PNG_VALUE),
    SVG(Format.SVG_VALUE),
    DOT(Format.DOT_VALUE);

    public static final String SAFETENSORS_VALUE = "application/vnd.safetensors";
    public static final String NPY_VALUE = "application/x-npy";
    public static final String SVG_VALUE = "image/svg+xml";
    public static final String DOT_VALUE = "text/vnd.graphviz";

    private static final WireSize NESTED = new WireSize(12, 4.5, 100, 1);
    private static final WireSize BASE64 = new WireSize(16 / 3.0, 16 / 3.0, 100, 1);
    private static final WireSize BINARY =
            new WireSize(Float.BYTES, Float.BYTES, 185, 1.3); // quotes in the metadata are escaped

    private final MediaType mediaType;

    Format(String mediaType) {
        this.mediaType = MediaType.parseMediaType(mediaType);
    }

    MediaType mediaType() {
        return mediaType;
    }

    /** Whether the format is a drawing. */
    public boolean isPicture() {
        return this == PNG || this == SVG || this == DOT;
    }

    /** Whether the format can hold values that are not tensors. */
    boolean holdsText() {
        return this == JSON || this == SAFETENSORS;
    }

    /** The size of values in this format: digits, base64, or four bytes per value. */
    WireSize wireSize(Encoding encoding) {
        return switch (this) {
            case JSON -> encoding == Encoding.NESTED ? NESTED : BASE64;
            case SAFETENSORS -> BINARY;
            case NPY -> new WireSize(Float.BYTES, Float.BYTES, 128, 0);
            case PNG, SVG, DOT -> WireSize.VALUES;
        };
    }
}
