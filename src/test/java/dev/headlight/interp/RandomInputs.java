package dev.headlight.interp;

import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.HookName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Random inputs for a model, and random choices of its hook points, heads and positions. */
final class RandomInputs {
    static final int SHORTEST = 30; // tokens of an input

    private final HookedModel model;
    private final Random random;
    private final int longest;

    RandomInputs(HookedModel model, Random random, int longest) {
        this.model = model;
        this.random = random;
        this.longest = longest;
    }

    /** One to four inputs of at most two lengths. */
    int[][] inputs() {
        int[] lengths = {length(), length()};
        int[][] inputs = new int[1 + random.nextInt(4)][];
        Arrays.setAll(inputs, i -> ids(lengths[random.nextInt(2)]));
        return inputs;
    }

    int length() {
        return SHORTEST + random.nextInt(longest - SHORTEST + 1);
    }

    int[] ids(int length) {
        return random.ints(length, 0, model.info().vocabSize()).toArray();
    }

    /** Two inputs of one length. */
    int[][] pair() {
        int length = length();
        return new int[][] {ids(length), ids(length)};
    }

    List<HookName> hooks(int most) {
        List<HookName> hooks = new ArrayList<>(model.hookPoints().every());
        Collections.shuffle(hooks, random);
        return hooks.subList(0, Math.min(most, hooks.size()));
    }

    /** Null for all indices below a size, or a few of them in any order. */
    List<Integer> some(int size) {
        return random.nextBoolean() ? null : few(size);
    }

    List<Integer> few(int size) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        Collections.shuffle(all, random);
        return all.subList(0, 1 + random.nextInt(size));
    }
}
