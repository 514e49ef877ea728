package dev.headlight.model;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.Buffer;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import sun.misc.Unsafe;

/**
 * Watches the engine's native memory: every array that is made and freed while this is open, by the address of its
 * elements, so that views of one storage count once and hold it as long as one of them is there. What a native operation
 * takes and frees within itself is not seen.
 */
public final class Allocations implements AutoCloseable {
    private final NDManager system;
    private final ConcurrentHashMap<String, AutoCloseable> before;
    private final NavigableMap<Long, Storage> storages = new TreeMap<>(); // by their first address
    private final Map<NDArray, Storage> arrays = new IdentityHashMap<>();
    private long held;
    private long most;
    private long made;
    private long bytesMade;
    private boolean gradients;

    private static final class Storage {
        private final long address;
        private final long bytes;
        private int users;

        private Storage(long address, long bytes) {
            this.address = address;
            this.bytes = bytes;
        }
    }

    /** What DJL's managers keep their arrays in, which every new array goes through. */
    private final class Watched extends ConcurrentHashMap<String, AutoCloseable> {
        private static final long serialVersionUID = 1;

        @Override
        public AutoCloseable put(String uid, AutoCloseable resource) {
            if (resource instanceof PtNDArray array) {
                made(array);
            } else if (resource instanceof NDManager manager) {
                set(manager, new Watched());
            }
            return super.put(uid, resource);
        }

        @Override
        public AutoCloseable remove(Object uid) {
            AutoCloseable resource = super.remove(uid);
            if (resource instanceof PtNDArray array && array.isReleased()) { // else it has only another owner now
                freed(array);
            }
            return resource;
        }

        @Override
        public void clear() { // at the end of a manager, which removes none of its arrays one by one
            values().forEach(resource -> {
                if (resource instanceof PtNDArray array) {
                    freed(array);
                }
            });
            super.clear();
        }
    }

    public Allocations() {
        try (NDManager probe = Fixture.TORCH.newManager()) {
            system = probe.getParentManager();
        }
        before = get(system);
        Watched watched = new Watched();
        watched.putAll(before);
        set(system, watched);
    }

    /** From here on the peak is that of what comes. */
    public synchronized void reset() {
        most = held;
        made = 0;
        bytesMade = 0;
        gradients = false;
    }

    /** Number of arrays made since the last {@link #reset}, views included: each is the result of one native operation. */
    public synchronized long made() {
        return made;
    }

    /** Bytes of the arrays made since the last {@link #reset}, without views: results and copies. */
    public synchronized long bytesMade() {
        return bytesMade;
    }

    /**
     * Whether an array was made for a backward pass since the last {@link #reset}. Autograd keeps values of its own, which are no
     * arrays and are not seen: then the peak is too low.
     */
    public synchronized boolean sawGradients() {
        return gradients;
    }

    /** Bytes that are held now. */
    public synchronized long held() {
        return held;
    }

    /** Most bytes that were held at once. */
    public synchronized long peak() {
        return most;
    }

    private synchronized void made(PtNDArray array) {
        if (arrays.containsKey(array)) {
            return; // it has another owner now
        }
        long address = address(array);
        Entry<Long, Storage> below = storages.floorEntry(address);
        Storage storage = below == null ? null : below.getValue();
        if (storage == null || address >= storage.address + storage.bytes) {
            storage = new Storage(address, array.size() * array.getDataType().getNumOfBytes());
            storages.put(address, storage);
            held += storage.bytes;
            bytesMade += storage.bytes;
            most = Math.max(most, held);
        }
        storage.users++;
        made++;
        arrays.put(array, storage);
        gradients |= JniUtils.isGradMode();
    }

    private synchronized void freed(PtNDArray array) {
        Storage storage = arrays.remove(array);
        if (storage != null && --storage.users == 0) {
            storages.remove(storage.address);
            held -= storage.bytes;
        }
    }

    @Override
    public void close() {
        ConcurrentHashMap<String, AutoCloseable> now = get(system);
        before.clear();
        before.putAll(now);
        set(system, before);
    }

    /** The address of the first element, wherever the others lie; one of its own for oneDNN's opaque arrays. */
    private static long address(PtNDArray array) {
        if (Native.isOpaque(array)) {
            return -array.getHandle();
        }
        if (array.isScalar()) {
            return Native.UNSAFE.getLong(Native.call(Native.BUFFER, array.getHandle()), Native.ADDRESS);
        }
        long first = (long) Native.call(
                Native.GET_ITEM, array.getHandle(), new long[array.getShape().dimension()]);
        try {
            return Native.UNSAFE.getLong(Native.call(Native.BUFFER, first), Native.ADDRESS);
        } finally {
            Native.call(Native.DELETE, first);
        }
    }

    @SuppressWarnings("unchecked")
    private static ConcurrentHashMap<String, AutoCloseable> get(NDManager manager) {
        try {
            return (ConcurrentHashMap<String, AutoCloseable>) Native.RESOURCES.get(manager);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void set(NDManager manager, ConcurrentHashMap<String, AutoCloseable> resources) {
        try {
            Native.RESOURCES.set(manager, resources);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What DJL does not show. */
    private static final class Native {
        private static final Unsafe UNSAFE;
        private static final long ADDRESS;
        private static final Object LIBRARY;
        private static final Method GET_ITEM;
        private static final Method BUFFER;
        private static final Method DELETE;
        private static final Method LAYOUT;
        private static final Field RESOURCES;

        static {
            try {
                UNSAFE = (Unsafe) open(Unsafe.class, "theUnsafe").get(null);
                ADDRESS = UNSAFE.objectFieldOffset(Buffer.class.getDeclaredField("address"));
                Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
                LIBRARY = open(library, "LIB").get(null);
                GET_ITEM = library.getDeclaredMethod("torchGetItem", long.class, long[].class);
                BUFFER = library.getDeclaredMethod("torchDirectByteBuffer", long.class);
                DELETE = library.getDeclaredMethod("torchDeleteTensor", long.class);
                LAYOUT = library.getDeclaredMethod("torchLayout", long.class);
                List.of(GET_ITEM, BUFFER, DELETE, LAYOUT).forEach(method -> method.setAccessible(true));
                RESOURCES = open(BaseNDManager.class, "resources");
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        private static Field open(Class<?> owner, String name) throws NoSuchFieldException {
            Field field = owner.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        }

        /** Whether the elements lie in an order that only oneDNN knows; DJL has no name for this layout. */
        private static boolean isOpaque(PtNDArray array) {
            return (int) call(LAYOUT, array.getHandle()) == 2;
        }

        private static Object call(Method method, Object... arguments) {
            try {
                return method.invoke(LIBRARY, arguments);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
