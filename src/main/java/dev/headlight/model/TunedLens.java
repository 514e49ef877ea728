package dev.headlight.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headlight.model.checkpoint.BrokenFile;
import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.Torch;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.tensor.MetaArray;
import dev.headlight.tensor.Ops;
import dev.headlight.tensor.SafetensorsFile;
import dev.headlight.tensor.TensorReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A tuned lens. It has one translator per block, h + W h + b, which predicts the residual stream after the last block
 * from the stream that the block receives. The model's own unembedding is then applied to the prediction.
 *
 * <p>Translators are loaded from the file when they are used, one at a time, so that they take no memory in between.
 *
 * @see <a href="https://arxiv.org/abs/2303.08112">Belrose et al., 2023</a>
 * @see <a href="https://github.com/AlignmentResearch/tuned-lens">their package</a>, whose parameters have these names
 */
public final class TunedLens {
    private static final List<String> PLACES = List.of(Checkpoint.TUNED_LENS, "tuned_lens/params.safetensors");

    private static final List<String> DTYPES = List.of("F32", "F16", "BF16");

    private final SafetensorsFile file;
    private final int blocks;
    private final long width;
    private final boolean biased;
    private final boolean mapped;

    private TunedLens(SafetensorsFile file, ModelInfo info, boolean mapped) {
        this.file = file;
        this.blocks = info.nLayers();
        this.width = info.dModel();
        this.biased = file.names().stream().anyMatch(name -> name.endsWith(".bias"));
        this.mapped = mapped;
    }

    static TunedLens in(Path folder, String field, LoadedModel model, Torch torch) {
        Path path = PLACES.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() -> new BadSelection(
                        field,
                        "cannot be tuned: the folder of model " + model.id() + " holds no "
                                + String.join(" or ", PLACES)));
        try {
            BrokenFile.refuse(path);
            TunedLens lens = new TunedLens(new SafetensorsFile(path), model.info(), torch.maps(path));
            lens.check();
            return lens;
        } catch (IOException | ModelRefused e) {
            throw new BadSelection(field, "cannot be tuned: " + e.getMessage());
        }
    }

    private void check() throws IOException {
        Set<String> unexpected = new HashSet<>(file.names());
        for (int block = 0; block < blocks; block++) {
            check(block + ".weight", width, width);
            unexpected.remove(block + ".weight");
            if (biased) {
                check(block + ".bias", width);
                unexpected.remove(block + ".bias");
            }
        }
        if (!unexpected.isEmpty()) {
            String first = unexpected.stream().sorted().findFirst().orElseThrow();
            throw new IOException(file.path().getFileName() + " holds " + first + ", which is not a translator of "
                    + blocks + " blocks: N.weight or N.bias, with N in 0.." + (blocks - 1));
        }
    }

    private void check(String name, long... shape) throws IOException {
        if (!file.names().contains(name)) {
            throw new IOException(file.path().getFileName() + " lacks the tensor " + name);
        }
        if (!Arrays.equals(file.shape(name), shape)) {
            throw new IOException(file.path().getFileName() + ": tensor " + name + " has shape "
                    + Arrays.toString(file.shape(name)) + " and must have " + Arrays.toString(shape));
        }
        if (!DTYPES.contains(file.dtype(name))) {
            throw new IOException(file.path().getFileName() + ": tensor " + name + " has dtype " + file.dtype(name)
                    + " and must have one of " + DTYPES);
        }
    }

    /**
     * Predicts the residual stream after the last block.
     *
     * @param block the block that receives {@code resid}; the number of blocks if it is the stream after the last
     *     block, which is returned unchanged
     * @param resid [.., d_model], float32, as the result
     */
    public NDArray translate(int block, NDArray resid) {
        if (block == blocks) {
            return resid;
        }
        try (NDArray weight = load(block + ".weight", resid, width, width);
                NDArray change = change(block, resid, weight)) {
            return resid.add(change);
        }
    }

    private NDArray change(int block, NDArray resid, NDArray weight) {
        if (!biased) {
            return Ops.linear(resid, weight, null);
        }
        try (NDArray bias = load(block + ".bias", resid, width)) {
            return Ops.linear(resid, weight, bias);
        }
    }

    private NDArray load(String name, NDArray like, long... shape) {
        if (MetaArray.is(like)) {
            return like.getManager().create(new Shape(shape), DataType.FLOAT32);
        }
        try (TensorReader reader = new TensorReader()) {
            return file.load(name, DataType.FLOAT32, mapped, like.getManager(), reader);
        } catch (IOException e) {
            throw new ModelRefused(Objects.requireNonNullElseGet(e.getMessage(), e::toString), e);
        }
    }
}
