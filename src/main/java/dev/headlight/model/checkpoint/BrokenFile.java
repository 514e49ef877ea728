package dev.headlight.model.checkpoint;

import dev.headlight.model.fault.ModelRefused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The faults of a file that can be seen without understanding it: an empty file, a pointer of Git LFS, a broken link.
 *
 * @see <a href="https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md">Git LFS, the pointer</a>
 */
public final class BrokenFile {
    private static final String POINTER = "version https://git-lfs";
    private static final int LONGEST_POINTER = 1024; // bytes, by the specification

    private BrokenFile() {}

    /**
     * Checks a file that must be there.
     *
     * @throws ModelRefused if it is missing or cannot hold what its name says; the message names the file
     */
    public static void refuse(Path file) {
        String fault = fault(file);
        if (fault != null) {
            throw new ModelRefused(file.getFileName() + " " + fault);
        }
    }

    /**
     * Checks a file that may be missing.
     *
     * @throws ModelRefused if it is there and cannot hold what its name says
     */
    static void refuseIfThere(Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            refuse(file);
        }
    }

    private static @Nullable String fault(Path file) {
        if (!Files.exists(file)) {
            return Files.isSymbolicLink(file)
                    ? "is a link to a file that does not exist: put the file itself into the folder"
                    : "is not in the folder";
        }
        if (!Files.isRegularFile(file)) {
            return "is not a file";
        }
        if (!Files.isReadable(file)) {
            return "cannot be read: the service lacks the permission to read it";
        }
        try {
            long bytes = Files.size(file);
            if (bytes == 0) {
                return "cannot be read: it is empty, as an interrupted copy or download leaves it; copy it again";
            }
            return bytes <= LONGEST_POINTER && isPointer(file)
                    ? "is a Git LFS pointer instead of the file: run 'git lfs pull' where it was cloned, or download it"
                    : null;
        } catch (IOException e) {
            return "cannot be read";
        }
    }

    private static boolean isPointer(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(POINTER.length());
            return new String(start, StandardCharsets.ISO_8859_1).equals(POINTER);
        }
    }
}
