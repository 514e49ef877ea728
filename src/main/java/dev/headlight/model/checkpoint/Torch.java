package dev.headlight.model.checkpoint;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.util.Utils;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import dev.headlight.model.fault.BadSetting;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.schedule.PassScheduler;
import dev.headlight.tensor.CostCounter;
import dev.headlight.tensor.NativeMemory;
import dev.headlight.tensor.Ops;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The PyTorch engine on the configured device, with the dtype of models and the mmap policy. */
public final class Torch {
    private static final Logger log = LoggerFactory.getLogger(Torch.class);
    private static final Pattern DEVICE = Pattern.compile("auto|cpu|gpu(?::(\\d{1,3}))?");

    private final Engine engine;
    private final Device device;
    private final Precision precision;
    private final MmapPolicy mmapPolicy;
    private final boolean packsWeights;
    private final PassScheduler scheduler;

    /**
     * Starts the engine. Each request computes on its own thread, see {@link #scheduledBy}.
     *
     * @param device {@code auto} (a GPU if CUDA is available), {@code cpu}, {@code gpu} or {@code gpu:N}
     * @param intraOpThreads threads of one operation; 0 keeps PyTorch's default
     * @param packsWeights whether models on the CPU may keep a second copy of their weights in a faster layout
     * @throws BadSetting for any other device, or for a GPU that does not exist
     */
    public Torch(String device, int intraOpThreads, Precision precision, MmapPolicy mmapPolicy, boolean packsWeights) {
        Matcher wanted = DEVICE.matcher(device);
        if (!wanted.matches()) {
            throw new BadSetting("headlight.device", "is '" + device + "' and must be auto, cpu, gpu or gpu:N");
        }
        this.precision = precision;
        this.mmapPolicy = mmapPolicy;
        this.packsWeights = packsWeights;
        configure(intraOpThreads);
        this.engine = Engine.getEngine("PyTorch");
        Ops.start();
        this.device = device(device, wanted.group(1), engine.getGpuCount());
        this.scheduler = PassScheduler.inline();
        log.info("PyTorch {} on {}", engine.getVersion(), deviceName());
    }

    private Torch(Torch other, PassScheduler scheduler) {
        this.engine = other.engine;
        this.device = other.device;
        this.precision = other.precision;
        this.mmapPolicy = other.mmapPolicy;
        this.packsWeights = other.packsWeights;
        this.scheduler = scheduler;
    }

    /** The same engine, whose models compute on the threads of a scheduler. The caller closes the scheduler. */
    public Torch scheduledBy(PassScheduler scheduler) {
        return new Torch(this, scheduler);
    }

    /** Runs the passes of all models. */
    public PassScheduler scheduler() {
        return scheduler;
    }

    /** @param index of the GPU; null if the setting names none */
    private static Device device(String setting, @Nullable String index, int gpus) {
        if (!setting.startsWith("gpu")) {
            return setting.equals("auto") && gpus > 0 ? Device.gpu() : Device.cpu();
        }
        int wanted = index == null ? 0 : Integer.parseInt(index);
        if (wanted >= gpus) {
            throw new BadSetting(
                    "headlight.device",
                    "is '" + setting + "', but PyTorch sees " + gpus
                            + " CUDA devices; use auto or cpu, or install a CUDA build of libtorch");
        }
        return Device.gpu(wanted);
    }

    /** The device: {@code cpu}, or {@code gpu:N} with the index of the GPU. */
    public String deviceName() {
        return device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu";
    }

    /** Total memory of the device in bytes; on the CPU the limit of the container, if there is one. */
    public long memory() {
        if (device.isGpu()) {
            return CudaUtils.getGpuMemory(device).getMax();
        }
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    }

    /** Whether a weight file is mapped into memory, if its values need no conversion. */
    public boolean maps(Path file) {
        return mmapPolicy.maps(file);
    }

    /** Whether models may keep a second copy of their weights in a faster layout; never on a GPU. */
    public boolean packsWeights() {
        return packsWeights && !onGpu();
    }

    /** Whether models run on a GPU. */
    public boolean onGpu() {
        return device.isGpu();
    }

    /**
     * The dtype that the model of a checkpoint computes in.
     *
     * @throws ModelRefused if the dtype depends on the files and they cannot be read
     */
    public DataType dtype(Checkpoint checkpoint) {
        return precision.dtype(onGpu(), checkpoint::dtypes);
    }

    /** The version of PyTorch, such as {@code 2.7.1}. */
    public String version() {
        return engine.getVersion();
    }

    /** Opens a manager on the device. The caller closes it. */
    public NDManager newManager() {
        return NativeMemory.open(device);
    }

    /** Opens a manager of meta arrays, for dry runs. */
    public NDManager newManager(CostCounter counter) {
        return counter.open(device);
    }

    private static void configure(int intraOpThreads) {
        System.setProperty("OPT_OUT_TRACKING", "true"); // DJL sends no usage data
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
        if (intraOpThreads > 0) {
            System.setProperty("ai.djl.pytorch.num_threads", String.valueOf(intraOpThreads));
        }
        Path cache = Utils.getEngineCacheDir("pytorch");
        LibraryCache.deleteAbandoned(cache);
        LibraryCache.deleteAbandoned(Utils.getEngineCacheDir("tokenizers"));
        if (isEmpty(cache)) {
            log.info("First start: unpacking libtorch (about 450 MB) to {}; this happens once", cache);
        }
    }

    private static boolean isEmpty(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.findAny().isEmpty();
        } catch (IOException e) {
            return true;
        }
    }
}
