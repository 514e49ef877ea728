package dev.headlight.interp.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.WeightAnalyses;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sound model that goes wrong at one hook point. */
final class Faulty extends HookedModel {
    /** What goes wrong. */
    interface Fault {
        /** @param hooks those of the run, which a fault may depend on */
        NDArray at(NDArray value, Hooks hooks);
    }

    private final HookedModel sound;
    private final HookName where;
    private final Fault fault;

    Faulty(Fixture f, HookName where, Fault fault) {
        super(new Origin(
                "faulty",
                f.model().info(),
                new Checkpoint(Fixture.resource("/fixtures/" + f.name())),
                Fixture.TORCH,
                Fixture.TORCH.newManager(),
                DataType.FLOAT32));
        this.sound = f.model();
        this.where = where;
        this.fault = fault;
    }

    private Hooks wrong(Hooks hooks) {
        return new Hooks() {
            @Override
            public NDArray at(HookName name, NDArray value) {
                return hooks.at(name, name.equals(where) ? fault.at(value, hooks) : value);
            }

            @Override
            public boolean wants(HookName name) {
                return hooks.wants(name);
            }

            @Override
            public boolean changes(HookName name) {
                return hooks.changes(name);
            }
        };
    }

    @Override
    protected NDArray runBlocksInModelDtype(NDArray ids, Hooks hooks, @Nullable KvCache past) {
        return sound.runBlocks(ids, wrong(hooks), past);
    }

    @Override
    protected NDArray runBlocksInModelDtype(int layer, NDArray resid, Hooks hooks, KvCache.@Nullable Before before) {
        return sound.runBlocks(layer, resid, wrong(hooks), before);
    }

    @Override
    protected NDArray unembedInModelDtype(NDArray resid, Hooks hooks) {
        return sound.unembed(resid, wrong(hooks));
    }

    @Override
    protected NDArray lensInModelDtype(NDArray resid, boolean normalise) {
        return sound.lens(resid, normalise);
    }

    @Override
    protected void forwardToInModelDtype(NDArray ids, Hooks hooks) {
        sound.forwardTo(ids, wrong(hooks));
    }

    @Override
    public HookPoints hookPoints() {
        return sound.hookPoints();
    }

    @Override
    public int keys(int layer, int query, int length) {
        return sound.keys(layer, query, length);
    }

    @Override
    protected Map<Site, NDArray> rejoinInModelDtype(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return sound.rejoin(layer, pre, attnOut, mlpOut);
    }

    @Override
    public WeightAnalyses weightAnalyses() {
        return sound.weightAnalyses();
    }

    @Override
    protected long packableWeights(long fewest) {
        return 0;
    }

    @Override
    protected void packWeights(long fewest) {}
}
