package dev.headlight.interp.session;

import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.text.Encoded;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks the layers, heads, neurons and positions that a request selects. Lists keep their order. */
public final class Selection {
    private static final int DEFAULT_TOP_K = 10;

    private Selection() {}

    /**
     * Checks a list of indices.
     *
     * @param given null for all
     * @param size how many there are
     * @throws BadSelection for an empty list, an index outside 0..size-1, and one that is repeated
     */
    public static int[] of(String field, @Nullable List<Integer> given, int size) {
        return read(field, given, size, false);
    }

    /**
     * Checks one index.
     *
     * @throws BadSelection unless it is in 0..size-1
     */
    public static int of(String field, int given, int size) {
        return index(field, given, size, false);
    }

    /**
     * Checks positions of an input; negative ones count from its end.
     *
     * @param given null for all
     * @return positions in 0..length-1
     * @throws BadSelection for an empty list, a position that the input lacks, and one that is repeated
     */
    public static int[] positions(String field, @Nullable List<Integer> given, int length) {
        return read(field, given, length, true);
    }

    /**
     * Checks one position of an input; a negative one counts from its end.
     *
     * @return a position in 0..length-1
     * @throws BadSelection for a position that the input lacks
     */
    public static int position(String field, int given, int length) {
        return index(field, given, length, true);
    }

    /**
     * The position at which a prediction is read.
     *
     * @param given negative counts from the end; null for the last position, or for the only mask token in a model that is
     *     not causal and whose tokenizer has mask tokens
     * @return a position in 0..length-1
     * @throws BadSelection for a position that the input lacks, and for none where the input has no only mask token
     */
    public static int measured(String field, @Nullable Integer given, HookedModel model, Encoded input) {
        if (given != null || model.info().causal() || model.text().maskToken().isEmpty()) {
            return position(field, given == null ? -1 : given, input.length());
        }
        int[] masks = masks(model, input);
        if (masks.length != 1) {
            throw new BadSelection(
                    field,
                    "is required: model " + model.id()
                            + " is not causal, and by default the position is that of the only"
                            + " mask token, of which the input has " + masks.length);
        }
        return masks[0];
    }

    /** The positions of mask tokens. */
    public static int[] masks(HookedModel model, Encoded input) {
        OptionalInt mask = model.text().maskToken();
        return IntStream.range(0, input.length())
                .filter(i -> mask.isPresent() && input.ids()[i] == mask.getAsInt())
                .toArray();
    }

    /**
     * How many of the largest values a request lists.
     *
     * @param given null for {@value #DEFAULT_TOP_K}, or for all if there are fewer
     * @param size how many there are; {@link Integer#MAX_VALUE} if that is not known yet
     * @throws BadSelection unless it is 1..size
     */
    public static int topK(String field, @Nullable Integer given, int size) {
        int k = given == null ? Math.min(DEFAULT_TOP_K, size) : given;
        if (k < 1 || k > size) {
            throw new BadSelection(field, k, size == Integer.MAX_VALUE ? "must be at least 1" : "must be 1.." + size);
        }
        return k;
    }

    private static int[] read(String field, @Nullable List<Integer> given, int size, boolean fromEnd) {
        if (given == null) {
            return IntStream.range(0, size).toArray();
        }
        if (given.isEmpty()) {
            throw new BadSelection(field, "must not be empty; leave it out for all of 0.." + (size - 1));
        }
        Set<Integer> seen = new HashSet<>();
        int[] read = new int[given.size()];
        for (int i = 0; i < read.length; i++) {
            read[i] = index(field + "[" + i + "]", given.get(i), size, fromEnd);
            if (!seen.add(read[i])) {
                throw new BadSelection(field + "[" + i + "]", given.get(i), "is repeated");
            }
        }
        return read;
    }

    private static int index(String field, int given, int size, boolean fromEnd) {
        int index = fromEnd && given < 0 ? given + size : given;
        if (index < 0 || index >= size) {
            throw new BadSelection(field, given, "must be " + (fromEnd ? -size : 0) + ".." + (size - 1));
        }
        return index;
    }
}
