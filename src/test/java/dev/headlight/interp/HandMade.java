package dev.headlight.interp;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.Fixture;
import dev.headlight.model.HookedModel;
import dev.headlight.model.ModelInfo;
import dev.headlight.model.WeightAnalyses;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.hook.HookName;
import dev.headlight.model.hook.HookPoints;
import dev.headlight.model.hook.Hooks;
import dev.headlight.model.hook.KvCache;
import dev.headlight.model.hook.Site;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One layer of four heads over two kv heads, attention and MLP in parallel, in plain Java: every number is made up, but
 * for what must hold of them.
 */
public final class HandMade extends HookedModel {
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;
    private static final int D_HEAD = 3;
    private static final int D_MODEL = 5;
    private static final int VOCABULARY = 7;

    public HandMade() {
        super(new Origin(
                "hand-made",
                new ModelInfo.Builder("none")
                        .layers(1)
                        .heads(HEADS)
                        .kvHeads(KV_HEADS)
                        .dModel(D_MODEL)
                        .dHead(D_HEAD)
                        .dMlp(D_MODEL)
                        .vocab(VOCABULARY)
                        .bidirectional()
                        .build(),
                new Checkpoint(Fixture.resource("/fixtures/gpt2")),
                Fixture.TORCH,
                Fixture.TORCH.newManager(),
                DataType.FLOAT32));
    }

    @Override
    public HookPoints hookPoints() {
        return new HookPoints(
                EnumSet.of(Site.LOGITS),
                List.of(EnumSet.of(
                        Site.RESID_PRE, Site.V, Site.PATTERN, Site.Z, Site.ATTN_OUT, Site.MLP_OUT, Site.RESID_POST)));
    }

    @Override
    protected NDArray runBlocksInModelDtype(NDArray ids, Hooks hooks, @Nullable KvCache past) {
        int rows = (int) ids.getShape().get(0);
        int n = (int) ids.getShape().get(1);
        float[] v = new float[n * KV_HEADS * D_HEAD];
        for (int i = 0; i < v.length; i++) {
            v[i] = i % 11 - 4;
        }
        float[] pattern = new float[HEADS * n * n];
        float[] z = new float[n * HEADS * D_HEAD];
        for (int head = 0; head < HEADS; head++) {
            for (int query = 0; query < n; query++) {
                int key = (query + head) % n; // each head looks at one key
                pattern[(head * n + query) * n + key] = 1;
                for (int d = 0; d < D_HEAD; d++) {
                    z[(query * HEADS + head) * D_HEAD + d] = v[(key * KV_HEADS + head / 2) * D_HEAD + d];
                }
            }
        }
        NDArray pre = at(hooks, Site.RESID_PRE, ones(ids, rows, n, D_MODEL));
        at(hooks, Site.V, each(ids, v, rows, n, KV_HEADS, D_HEAD));
        at(hooks, Site.PATTERN, each(ids, pattern, rows, HEADS, n, n));
        at(hooks, Site.Z, each(ids, z, rows, n, HEADS, D_HEAD));
        NDArray attn = at(hooks, Site.ATTN_OUT, pre.mul(2));
        NDArray mlp = at(hooks, Site.MLP_OUT, pre.mul(3));
        return at(hooks, Site.RESID_POST, pre.add(attn).add(mlp));
    }

    private static NDArray at(Hooks hooks, Site site, NDArray value) {
        return hooks.at(new HookName(0, site), value);
    }

    private static NDArray ones(NDArray ids, long... shape) {
        return ids.getManager().ones(new Shape(shape));
    }

    /** The same values for every row of the batch. */
    private static NDArray each(NDArray ids, float[] values, long... shape) {
        long[] one = shape.clone();
        one[0] = 1;
        return ids.getManager().create(values, new Shape(one)).mul(ones(ids, shape));
    }

    @Override
    protected NDArray unembedInModelDtype(NDArray resid, Hooks hooks) {
        long rows = resid.getShape().get(0);
        long n = resid.getShape().get(1);
        return hooks.at(HookName.of(Site.LOGITS), ones(resid, rows, n, VOCABULARY));
    }

    @Override
    protected NDArray lensInModelDtype(NDArray resid, boolean normalise) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected NDArray runBlocksInModelDtype(int layer, NDArray resid, Hooks hooks, KvCache.@Nullable Before before) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void forwardToInModelDtype(NDArray ids, Hooks hooks) {
        unembedInModelDtype(runBlocksInModelDtype(ids, hooks, null), hooks);
    }

    @Override
    public int keys(int layer, int query, int length) {
        return length;
    }

    @Override
    protected Map<Site, NDArray> rejoinInModelDtype(int layer, NDArray pre, NDArray attnOut, NDArray mlpOut) {
        return Map.of(Site.RESID_POST, pre.add(attnOut).add(mlpOut));
    }

    @Override
    public WeightAnalyses weightAnalyses() {
        throw new UnsupportedOperationException();
    }

    @Override
    protected long packableWeights(long fewest) {
        return 0;
    }

    @Override
    protected void packWeights(long fewest) {}
}
