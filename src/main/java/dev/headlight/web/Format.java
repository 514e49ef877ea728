package dev.headlight.web;

import dev.headlight.interp.session.WireSize;
import org.springframework.http.MediaType;

/** Format of an answer, chosen by the {@code Accept} header. */
public enum Format {
    /** JSON, with the values of tensors in an {@link Encoding}. */
    JSON(MediaType.APPLICATION_JSON_VALUE),
    /** A safetensors file; everything that is not a tensor is JSON in its metadata. */
    SAFETENSORS(Format.SAFETENSORS_VALUE),
    /** A NumPy file with exactly one tensor. */
    NPY(Format.NPY_VALUE),
    /** A picture in pixels. */
    PNG(MediaType.IMAGE_PNG_VALUE),
    /** A vector picture. */
    SVG(Format.SVG_VALUE),
    /** A graph in the DOT language of Graphviz. */
    DOT(Format.DOT_VALUE);

    /** Media type of {@link #SAFETENSORS}. */
    public static final String SAFETENSORS_VALUE = "application/vnd.safetensors";
    /** Media type of {@link #NPY}. */
    public static final String NPY_VALUE = "application/x-npy";
    /** Media type of {@link #SVG}. */
    public static final String SVG_VALUE = "image/svg+xml";
    /** Media type of {@link #DOT}. */
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

    /** Whether the format shows the answer as a picture or a graph. */
    public boolean isPicture() {
        return this == PNG || this == SVG || this == DOT;
    }

    /** Whether the format can hold values that are not tensors. */
    boolean holdsText() {
        return this == JSON || this == SAFETENSORS;
    }

    /** Bytes per value in this format. */
    WireSize wireSize(Encoding encoding) {
        return switch (this) {
            case JSON -> encoding == Encoding.NESTED ? NESTED : BASE64;
            case SAFETENSORS -> BINARY;
            case NPY -> new WireSize(Float.BYTES, Float.BYTES, 128, 0);
            case PNG, SVG, DOT -> new WireSize(0, 0, 0, 0); // no value is sent; the pixels have limits of their own
        };
    }
}
