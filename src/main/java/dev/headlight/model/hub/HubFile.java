package dev.headlight.model.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * One file of a repository.
 *
 * @param name name of the file, without folders
 * @param size in bytes
 * @param algorithm algorithm of the hash
 * @param hash hash of the content, in hexadecimal
 */
public record HubFile(String name, long size, Algorithm algorithm, String hash) {
    private static final int PIECE = 1 << 16;

    /** The hashes that the hub lists. */
    public enum Algorithm {
        /** SHA-256 of the content, for large files (Git LFS). */
        SHA256("SHA-256", 64),
        /** Git's hash of a blob, for small files: SHA-1 of a header with the size, then the content. */
        GIT_SHA1("SHA-1", 40);

        final String digest;
        final int digits;

        Algorithm(String digest, int digits) {
            this.digest = digest;
            this.digits = digits;
        }
    }

    /** The hash of a file on the disk, in hexadecimal, with this file's algorithm. */
    String hashOf(Path path) throws IOException {
        try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
            MessageDigest digest = MessageDigest.getInstance(algorithm.digest);
            if (algorithm == Algorithm.GIT_SHA1) {
                digest.update(("blob " + in.size() + "\0").getBytes(StandardCharsets.US_ASCII));
            }
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            while (in.read(piece) >= 0) {
                digest.update(piece.flip());
                piece.clear();
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has both
        }
    }
}
