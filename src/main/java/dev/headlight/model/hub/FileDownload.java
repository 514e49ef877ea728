package dev.headlight.model.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;

/** Downloads files of one commit, each with as many connections as necessary. */
final class FileDownload {
    private final Hub hub;
    private final Repository repo;
    private final String commit;

    FileDownload(Hub hub, Repository repo, String commit) {
        this.hub = hub;
        this.repo = repo;
        this.commit = commit;
    }

    /**
     * Receives the missing part of a file. The existing part is not checked here.
     *
     * @param received gets the number of bytes on the disk whenever it grows
     * @throws IOException if the file cannot be written
     */
    void receive(HubFile file, Path to, LongConsumer received)
            throws IOException, DownloadFailed, InterruptedException {
        try (FileChannel out =
                FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (out.size() > file.size()) {
                out.truncate(0);
            }
            out.position(out.size());
            received.accept(out.size());
            RetryPolicy.Tries tries = hub.retryPolicy().tries();
            while (out.size() < file.size()) {
                long before = out.size();
                try {
                    append(file, out, received);
                } catch (Unreachable e) {
                    if (out.size() > before) {
                        tries.progressed();
                    }
                    tries.failed(e);
                }
            }
            out.force(true);
        }
    }

    /** Appends the content of one connection. */
    private void append(HubFile file, FileChannel out, LongConsumer received)
            throws IOException, DownloadFailed, InterruptedException {
        Hub.Content content = hub.open(repo, commit, file.name(), out.size());
        long repeated = out.size() - content.start(); // bytes that a server without ranges sends again
        try (ResponseChunks pieces = content.pieces()) {
            while (out.size() < file.size()) {
                ByteBuffer piece = pieces.next();
                if (piece == null) {
                    throw new Unreachable("the answer ended before the end of the file");
                }
                int known = (int) Math.min(repeated, piece.remaining());
                repeated -= known;
                piece.position(piece.position() + known);
                write(out, piece, file.size() - out.size());
                received.accept(out.size());
            }
        }
    }

    /** Writes a piece, up to the size of the file. */
    private static void write(FileChannel out, ByteBuffer piece, long most) throws IOException {
        piece.limit((int) Math.min(piece.limit(), piece.position() + most));
        while (piece.hasRemaining()) {
            out.write(piece);
        }
    }
}
