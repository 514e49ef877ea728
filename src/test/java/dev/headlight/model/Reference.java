package dev.headlight.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A tensor that PyTorch computed, and how close ours has to come to it. */
public record Reference(String name, long[] shape, double[] values) {
    private static final double ABSOLUTE = 1e-4;
    private static final double RELATIVE = 1e-5; // for values far above 1

    /** Every tensor of a file; read by itself, so that it does not lean on the reader under test. */
    public static Map<String, Reference> readAll(Path file) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            int header = Math.toIntExact(bytes.getLong());
            String json = new String(bytes.array(), 8, header, StandardCharsets.UTF_8);
            Map<String, Reference> all = new HashMap<>();
            for (Map.Entry<String, JsonElement> e :
                    JsonParser.parseString(json).getAsJsonObject().entrySet()) {
                if (!e.getKey().equals("__metadata__")) {
                    all.put(e.getKey(), read(e.getKey(), e.getValue().getAsJsonObject(), bytes, 8 + header));
                }
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Reference read(String name, JsonObject entry, ByteBuffer bytes, int data) {
        long[] shape = entry.getAsJsonArray("shape").asList().stream()
                .mapToLong(JsonElement::getAsLong)
                .toArray();
        double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        bytes.position(data + entry.getAsJsonArray("data_offsets").get(0).getAsInt());
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (entry.get("dtype").getAsString()) {
                case "F32" -> bytes.getFloat();
                case "F64" -> bytes.getDouble();
                case "I64" -> bytes.getLong();
                default -> throw new IllegalStateException(entry.toString());
            };
        }
        return new Reference(name, shape, values);
    }

    public int[] ints() {
        return Arrays.stream(values).mapToInt(x -> (int) x).toArray();
    }

    /** One element of the first axis. */
    public Reference row(int index) {
        int size = values.length / (int) shape[0];
        return new Reference(
                name + "[" + index + "]",
                Arrays.copyOfRange(shape, 1, shape.length),
                Arrays.copyOfRange(values, index * size, (index + 1) * size));
    }

    /** Without a batch axis of 1. */
    Reference squeezed() {
        return shape.length > 1 && shape[0] == 1 ? row(0) : this;
    }

    /**
     * Fails where ours differs by more than the tolerance, or where only one of the two is minus infinity.
     *
     * @return the largest absolute difference
     */
    public double requireClose(long[] ourShape, float[] ours) {
        assertThat(ourShape).as("shape of " + name).isEqualTo(shape);
        double largest = 0;
        for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, requireClose(name + " at " + i, ours[i], values[i]));
        }
        return largest;
    }

    /** Fails where ours differs by more than this share of the largest magnitude, or where only one is minus infinity. */
    public void requireWithin(double share, float[] ours) {
        double largest = Arrays.stream(values)
                .map(Math::abs)
                .filter(Double::isFinite)
                .max()
                .orElse(0);
        for (int i = 0; i < values.length; i++) {
            if (ours[i] != values[i] && !(Math.abs(ours[i] - values[i]) <= share * largest)) { // NaN too
                throw new AssertionError(
                        name + " at " + i + " is " + ours[i] + " and PyTorch's is " + values[i] + ", of " + largest);
            }
        }
    }

    /** The same for one number. */
    public static double requireClose(String what, double ours, double reference) {
        if (ours == reference) { // two infinities too
            return 0;
        }
        double difference = Math.abs(ours - reference);
        if (!(difference <= ABSOLUTE + RELATIVE * Math.abs(reference))) { // NaN too
            throw new AssertionError(what + " is " + ours + " and PyTorch's is " + reference);
        }
        return difference;
    }
}
