package dev.headlight.web.analysis;

import dev.headlight.interp.patching.SweepGrid;
import dev.headlight.interp.patching.SweepQuery;
import dev.headlight.interp.session.Session;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hook.HookPoints;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Fields of requests that patch the cells of a grid. */
interface SweepBody extends CleanCorruptedBody {
    @Nullable
    String hook();

    List<SweepGrid.Axis> over();

    @Nullable
    List<Integer> layers();

    @Nullable
    List<Integer> positions();

    @Nullable
    List<Integer> heads();

    @Nullable
    List<Integer> neurons();

    /**
     * Reads the fields of the sweep.
     *
     * @param window number of adjacent layers that are patched together
     * @param seed from {@link #seedOrRandom}; the same for both models of a comparison
     */
    default SweepQuery sweepQuery(Session session, int window, long seed) {
        String hook = hook();
        if (hook == null) {
            throw new BadSelection("hook", "is required");
        }
        HookPoints points = session.model().hookPoints();
        return new SweepQuery(
                new SweepGrid.Query(hook, over(), layers(), positions(), heads(), neurons(), window),
                metric().read("metric", session),
                direction() == null ? SweepQuery.Direction.DENOISING : direction(),
                ablation(),
                seed,
                InterventionBody.read(interventions(), points),
                specialTokens());
    }
}
