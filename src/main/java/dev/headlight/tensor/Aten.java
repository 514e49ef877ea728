package dev.headlight.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Calls operations of PyTorch's ATen library that DJL does not offer, and sequences of operations in one call. They are
 * the methods of a TorchScript module, {@code aten.py}, whose archive is written here. A call through DJL costs more than
 * the arithmetic of a small operation, so one call for several operations is faster.
 *
 * @see <a href="https://docs.pytorch.org/docs/2.7/jit.html">TorchScript</a>
 */
final class Aten {
    private static final byte[] PICKLED_MODULE =
            latin1("\u0080\u0002c__torch__\nAten\nq\0)\u0081}X\b\0\0\0trainingq\1\u0089sb.");
    private static final byte[] NO_CONSTANTS = latin1("\u0080\u0002).");
    private static final PtSymbolBlock MODULE = load();

    /** The profiling executor of TorchScript would run the first calls slowly; PyTorch keeps this choice per thread. */
    private static final ThreadLocal<Boolean> INTERPRETED = ThreadLocal.withInitial(() -> {
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });

    private Aten() {}

    /** Loads the module now. It stays in memory, and otherwise would be loaded by the first request. */
    static void start() {
        INTERPRETED.get();
    }

    private static PtSymbolBlock load() {
        NDManager forever = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        try {
            return JniUtils.loadModule((PtNDManager) forever, new ByteArrayInputStream(archive()), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] archive() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes);
                InputStream code = Objects.requireNonNull(Aten.class.getResourceAsStream("aten.py"))) {
            store(zip, "data.pkl", PICKLED_MODULE);
            store(zip, "code/__torch__.py", code.readAllBytes());
            store(zip, "constants.pkl", NO_CONSTANTS);
            store(zip, "version", latin1("10\n"));
        }
        return bytes.toByteArray();
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry("aten/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Calls a method of the module. DJL turns gradients off inside the call.
     *
     * @throws IllegalStateException if gradients are on: they would be lost, and a wrong number would look plausible
     */
    static NDArray call(String method, NDArray owner, Argument... arguments) {
        if (JniUtils.isGradMode()) {
            throw new IllegalStateException(method + " records no gradients");
        }
        return constant(method, owner, arguments);
    }

    /**
     * Calls a method of the module whose result is a constant: no gradient flows through it.
     *
     * @param owner [..]; its manager owns the result
     * @param arguments closed here
     * @return the result of the method [..]
     */
    static NDArray constant(String method, NDArray owner, Argument... arguments) {
        INTERPRETED.get();
        IValue[] values = new IValue[arguments.length];
        try {
            for (int i = 0; i < values.length; i++) {
                values[i] = arguments[i].value();
            }
            try (IValue result = IValueUtils.runMethod(MODULE, method, values)) {
                return result.toTensor((PtNDManager) owner.getManager());
            }
        } finally {
            for (int i = 0; i < values.length; i++) {
                if (values[i] != null) {
                    values[i].close();
                }
            }
        }
    }

    /** An argument of a method. */
    interface Argument {
        /** Its value for PyTorch. */
        IValue value();
    }

    /** An array as an argument of one call. */
    static Argument of(NDArray array) {
        return () -> IValue.from((PtNDArray) array);
    }

    /** A number as an argument of one call. */
    static Argument of(double number) {
        return () -> IValue.from(number);
    }

    /** A whole number as an argument of one call. */
    static Argument of(long number) {
        return () -> IValue.from(number);
    }

    /** A list of arrays as an argument of one call. */
    static Argument of(PtNDArray... arrays) {
        return () -> IValue.listFrom(arrays);
    }
}
