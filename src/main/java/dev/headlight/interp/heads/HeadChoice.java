package dev.headlight.interp.heads;

import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The scores that a request computes.
 *
 * @param scores in the order of {@link HeadScore}
 * @param warnings one for each score left out because it is undefined for the model
 */
public record HeadChoice(Set<HeadScore> scores, List<String> warnings) {
    /**
     * Chooses the scores of a request.
     *
     * @param asked null for all that apply
     * @param inputs how many inputs the request has
     * @param answer whether the request names an answer
     * @throws BadSelection for a score that is undefined for the model or misses a field, and for an answer that no score
     *     uses
     */
    public static HeadChoice of(HookedModel model, @Nullable List<HeadScore> asked, int inputs, boolean answer) {
        Set<HeadScore> scores = EnumSet.noneOf(HeadScore.class);
        List<String> warnings = new ArrayList<>();
        if (asked == null) {
            for (HeadScore score : HeadScore.values()) {
                if (score == HeadScore.NAME_MOVER && !answer) {
                    continue;
                }
                if (isUndefined(model, score)) {
                    warnings.add(score + " is left out: " + why(model));
                } else {
                    scores.add(score);
                }
            }
        } else {
            addAsked(model, asked, scores);
        }
        if (scores.contains(HeadScore.NAME_MOVER)) {
            requireNameMover(inputs, answer);
        } else if (answer && asked != null) {
            throw new BadSelection("answer", "is used by name_mover alone, which is not among the scores");
        }
        return new HeadChoice(scores, warnings);
    }

    private static void addAsked(HookedModel model, List<HeadScore> asked, Set<HeadScore> scores) {
        if (asked.isEmpty()) {
            throw new BadSelection("scores", "must not be empty; leave it out for all that apply");
        }
        for (int i = 0; i < asked.size(); i++) {
            HeadScore score = asked.get(i);
            if (!scores.add(score)) {
                throw new BadSelection("scores[" + i + "]", score, "is repeated");
            }
            if (isUndefined(model, score)) {
                throw new BadSelection("scores[" + i + "]", score, "is undefined: " + why(model));
            }
        }
    }

    private static boolean isUndefined(HookedModel model, HeadScore score) {
        return (score == HeadScore.COPYING || score == HeadScore.NAME_MOVER)
                && !model.weightAnalyses().readsLinearly();
    }

    private static String why(HookedModel model) {
        return "model " + model.id() + " has a non-linear layer between its blocks and its unembedding";
    }

    private static void requireNameMover(int inputs, boolean answer) {
        if (inputs == 0) {
            throw new BadSelection("input", "is required for name_mover");
        }
        if (inputs > 1) {
            throw new BadSelection("input", "holds " + inputs + " inputs and name_mover needs exactly 1");
        }
        if (!answer) {
            throw new BadSelection("answer", "is required for name_mover");
        }
    }
}
