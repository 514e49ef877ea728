package dev.headlight.interp.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.headlight.interp.session.Session;
import dev.headlight.model.HookedModel;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.text.Encoded;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Warns of a named token that is probably not the one that was meant: the same text with a space before it is a token too,
 * and the model gives that one a higher logit.
 */
public final class SpacedTokens {
    /**
     * A named token and its other form.
     *
     * @param role what the request names it as
     * @param spaced id of the token with a space before it
     */
    private record Pair(String role, Measured.Token named, int spaced) {}

    private final HookedModel model;
    private final List<Pair> pairs = new ArrayList<>();

    private SpacedTokens(HookedModel model) {
        this.model = model;
    }

    /** The tokens of a measurement that have another form; those of most requests have none. */
    public static SpacedTokens of(HookedModel model, Measured measured) {
        SpacedTokens spaced = new SpacedTokens(model);
        spaced.add("answer", measured.answer());
        spaced.add("foil", measured.foil());
        return spaced;
    }

    /** The targets that have another form. */
    public static SpacedTokens of(HookedModel model, List<Measured.Token> targets) {
        SpacedTokens spaced = new SpacedTokens(model);
        targets.forEach(target -> spaced.add("target", target));
        return spaced;
    }

    private void add(String role, Measured.@Nullable Token named) {
        if (named != null) {
            OptionalInt spaced = model.text().withSpace(named.tokenId());
            spaced.ifPresent(id -> pairs.add(new Pair(role, named, id)));
        }
    }

    /**
     * The warnings for one input whose logits are known.
     *
     * @param logits {@code [vocab]}, at the measured position of the unmodified run
     */
    public List<String> warnings(int position, double[] logits) {
        List<String> warnings = new ArrayList<>();
        for (Pair pair : pairs) {
            double own = logits[pair.named.tokenId()];
            double other = logits[pair.spaced];
            if (other > own) {
                warnings.add(String.format(
                        Locale.ROOT,
                        "The %s is the token '%s' (%d), without a space before it. At position %d the model gives '%s' (%d)"
                                + " a higher logit, %.4g instead of %.4g; name that token if it is the one you mean.",
                        pair.role,
                        pair.named.token(),
                        pair.named.tokenId(),
                        position,
                        model.text().token(pair.spaced),
                        pair.spaced,
                        other,
                        own));
            }
        }
        return warnings;
    }

    /**
     * The warnings for the first of several inputs that has any; the inputs are run unmodified until then.
     *
     * @param positions those that are read; the last is compared
     */
    public List<String> ofFirst(Session session, List<Encoded> inputs, Function<Encoded, int[]> positions) {
        for (Encoded input : inputs) {
            int[] read = positions.apply(input);
            List<String> warnings = warnings(session, read[read.length - 1], input);
            if (!warnings.isEmpty()) {
                return warnings;
            }
        }
        return List.of();
    }

    /**
     * The warnings for one input, which is run unmodified if a token has another form.
     *
     * @param position null for none, and no warnings
     */
    public List<String> warnings(Session session, @Nullable Integer position, Encoded input) {
        if (pairs.isEmpty() || position == null) {
            return List.of();
        }
        Hooks none = Hooks.reading(hook -> false, (hook, value) -> {});
        try (NDManager scratch = session.newManager()) {
            NDArray resid = model.runBlocks(HookedModel.ids(scratch, List.of(input.ids())), none, null);
            NDArray logits = model.unembedAt(resid, position, none); // [1, 1, vocab]
            return warnings(position, Prediction.logitsAt(logits.squeeze(0), 0));
        }
    }
}
