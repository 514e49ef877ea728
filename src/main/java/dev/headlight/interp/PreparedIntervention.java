package dev.headlight.interp;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Encoded;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.Site;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An intervention whose own inputs are token ids, and the checks of it that need no run.
 *
 * @param source of a patch
 * @param reference of a mean or a resampling that has one
 */
record PreparedIntervention(
        Intervention asked,
        @Nullable Encoded source,
        @Nullable List<Encoded> reference) {

    /** @throws BadSelection for inputs that the model rules out */
    static PreparedIntervention of(Session session, Intervention asked, boolean addSpecialTokens) {
        Encoded source = asked.action() instanceof Action.Patch patch
                ? session.encodeOne(patch.source(), addSpecialTokens)
                : null;
        Input reference = reference(asked.action());
        return new PreparedIntervention(
                asked, source, reference == null ? null : session.encode(reference, addSpecialTokens));
    }

    private static @Nullable Input reference(Action action) {
        if (action instanceof Action.Resample resample) {
            return resample.reference();
        }
        return action instanceof Action.Mean mean ? mean.reference() : null;
    }

    /** Whether it may have a query attend to a later position, which a model hides behind scores but not in patterns. */
    boolean maySeeAhead() {
        Action action = asked.action();
        boolean staysHidden =
                action instanceof Action.Zero || action instanceof Action.Scale || action instanceof Action.Freeze;
        return asked.hook().site() == Site.PATTERN && !staysHidden;
    }

    /** Whether it takes its values from the unmodified run of the input. */
    boolean needsOriginal() {
        Action action = asked.action();
        boolean ofItself = action instanceof Action.Mean || action instanceof Action.Resample;
        return action instanceof Action.Freeze || (ofItself && reference == null);
    }

    /** The source of what is a patch. */
    Encoded patched() {
        return Objects.requireNonNull(source);
    }

    /** The reference of what has one. */
    List<Encoded> others() {
        return Objects.requireNonNull(reference);
    }

    /** @throws BadSelection for whatever the model rules out on an input of this length */
    void check(ModelInfo info, int length) {
        Region region = Region.of(asked, info, length);
        Action action = asked.action();
        if (action instanceof Action.Mask && region.site() != Site.ATTN_SCORES) {
            throw new BadSelection(
                    asked.ofAction("type"),
                    "mask",
                    "applies to hook attn_scores only, not to " + region.site().shortName());
        }
        if (action instanceof Action.Add add) {
            checkVector(region, add.vector().size());
        }
        if (action instanceof Action.ProjectOut out) {
            refuseAttention(region.site(), "project_out", "whose last axis holds keys, not directions");
            checkVector(region, out.vector().size());
            region.direction(asked.ofAction("vector"), out.vector());
        }
        if (action instanceof Action.Resample) {
            checkResample(region);
        }
        if (action instanceof Action.Mean) {
            checkMean(info, region.site());
        }
        if (action instanceof Action.Patch) {
            sourcePositions(region);
        }
    }

    private void checkVector(Region region, int size) {
        int chosen = region.last().length;
        if (size != region.width() && size != chosen) {
            String allowed = chosen == region.width() ? "" : ", or " + chosen + " for the chosen neurons";
            throw new BadSelection(
                    asked.ofAction("vector"), "has " + size + " values and must have " + region.width() + allowed);
        }
    }

    private void checkResample(Region region) {
        refuseAttention(region.site(), "resample", "where a row of another position has other keys");
        if (reference == null && region.length() == 1) {
            throw new BadSelection(
                    asked.ofAction("type"),
                    "resample",
                    "takes the value of another position, and an input has only 1: give inputs of 2 tokens or more, or a reference");
        }
    }

    private void refuseAttention(Site site, String action, String why) {
        if (site.isAttention()) {
            throw new BadSelection(asked.ofAction("type"), action, "is undefined on " + site.shortName() + ", " + why);
        }
    }

    private void checkMean(ModelInfo info, Site site) {
        if (site == Site.ATTN_SCORES && info.causal()) {
            throw new BadSelection(
                    asked.ofAction("type"),
                    "mean",
                    "is undefined on attn_scores of a causal model, where hidden scores are minus infinity");
        }
        if (site.isAttention() && reference != null) {
            throw new BadSelection(
                    asked.ofAction("reference"),
                    "is undefined on " + site.shortName() + ", whose keys are positions of one input");
        }
    }

    /** For each chosen position of the input, the position of the source that it gets its values from. */
    int[] sourcePositions(Region region) {
        Action.Patch patch = (Action.Patch) asked.action();
        int length = patched().length();
        if (region.site().isAttention() && length != region.length()) {
            throw unequal(region, "for hook " + region.site().shortName() + ", whose keys are positions");
        }
        if (patch.sourcePositions() != null) {
            return given(patch.sourcePositions(), region.positions().length);
        }
        if (asked.positions() != null) {
            return Selection.positions(asked.ofAction("source_positions"), asked.positions(), length);
        }
        if (length != region.length()) {
            throw unequal(region, "unless positions and source_positions are given");
        }
        return region.positions();
    }

    /** One source position may serve several positions. */
    private int[] given(List<Integer> positions, int count) {
        String field = asked.ofAction("source_positions");
        if (positions.size() != count) {
            throw new BadSelection(
                    field, "has " + positions.size() + " positions and must have " + count + ", as many as positions");
        }
        int[] read = new int[count];
        for (int i = 0; i < count; i++) {
            read[i] = Selection.position(
                    field + "[" + i + "]", positions.get(i), patched().length());
        }
        return read;
    }

    private BadSelection unequal(Region region, String why) {
        return new BadSelection(
                asked.ofAction("source"),
                "has " + patched().length() + " tokens and must have " + region.length() + ", as the input, " + why);
    }
}
