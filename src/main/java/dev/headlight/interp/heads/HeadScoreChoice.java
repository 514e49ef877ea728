package dev.headlight.interp.heads;

import dev.headlight.model.HookedModel;
import dev.headlight.model.fault.BadSelection;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The scores that a request chooses.
 *
 * @param scores in the order of {@link HeadScoreKind}
 * @param warnings one for each score that is left out because the model does not define it
 */
public record HeadScoreChoice(Set<HeadScoreKind> scores, List<String> warnings) {
    /**
     * Chooses the scores of a request.
     *
     * @param asked null for every score that applies
     * @param inputs how many inputs the request has
     * @param answer whether the request names an answer
     * @throws BadSelection if a score is undefined for the model or lacks a field, or no score uses the answer
     */
    public static HeadScoreChoice of(
            HookedModel model, @Nullable List<HeadScoreKind> asked, int inputs, boolean answer) {
        Set<HeadScoreKind> scores = EnumSet.noneOf(HeadScoreKind.class);
        List<String> warnings = new ArrayList<>();
        if (asked == null) {
            for (HeadScoreKind score : HeadScoreKind.values()) {
                if (score == HeadScoreKind.NAME_MOVER && !answer) {
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
        if (scores.contains(HeadScoreKind.NAME_MOVER)) {
            requireNameMover(inputs, answer);
        } else if (answer && asked != null) {
            throw new BadSelection("answer", "is used by name_mover alone, which is not among the scores");
        }
        return new HeadScoreChoice(scores, warnings);
    }

    private static void addAsked(HookedModel model, List<HeadScoreKind> asked, Set<HeadScoreKind> scores) {
        if (asked.isEmpty()) {
            throw new BadSelection("scores", "must not be empty; leave it out for all that apply");
        }
        for (int i = 0; i < asked.size(); i++) {
            HeadScoreKind score = asked.get(i);
            if (!scores.add(score)) {
                throw new BadSelection("scores[" + i + "]", score, "is repeated");
            }
            if (isUndefined(model, score)) {
                throw new BadSelection("scores[" + i + "]", score, "is undefined: " + why(model));
            }
        }
    }

    private static boolean isUndefined(HookedModel model, HeadScoreKind score) {
        return (score == HeadScoreKind.COPYING || score == HeadScoreKind.NAME_MOVER)
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
