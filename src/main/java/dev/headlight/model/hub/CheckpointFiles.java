package dev.headlight.model.hub;

import dev.headlight.model.checkpoint.Checkpoint;
import dev.headlight.model.checkpoint.ShardIndex;
import dev.headlight.model.checkpoint.WeightFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Selects the files of a repository to download: those that {@link Checkpoint} reads, and the licence. */
final class CheckpointFiles {
    static final String CONFIG = "config.json";
    private static final String WEIGHTS = ".safetensors";
    private static final List<String> OTHERS = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "chat_template.json");
    private static final Pattern LICENCE = Pattern.compile("LICEN[CS]E[\\w.-]*");
    private static final long MAX_OTHER_BYTES = 64 << 20; // such files are parsed in memory

    private CheckpointFiles() {}

    /**
     * Checks that the repository has weights in a supported format.
     *
     * @throws DownloadFailed if it has not
     */
    static void requireWeights(RepoFiles repoFiles) throws DownloadFailed {
        Set<String> names = repoFiles.names();
        if (names.contains(ShardIndex.FILE) || names.contains(WeightFiles.SINGLE)) {
            return;
        }
        List<String> weights = ending(names, WEIGHTS);
        List<String> pickles = WeightFiles.PICKLES.stream()
                .flatMap(p -> ending(names, p).stream())
                .toList();
        if (weights.isEmpty() && !pickles.isEmpty()) {
            throw new DownloadFailed(
                    "the repository has its weights as a Python pickle (" + pickles.get(0)
                            + "), which is not read because it can run code; another revision, such as refs/pr/1, may have safetensors");
        }
        if (weights.size() != 1) {
            throw new DownloadFailed(
                    "the repository holds " + weights.size() + " .safetensors files and no " + ShardIndex.FILE);
        }
    }

    /** The files that tell whether the model can be loaded, and which other files are needed. */
    static List<HubFile> first(RepoFiles repoFiles) throws DownloadFailed {
        return files(
                repoFiles,
                repoFiles.names().contains(ShardIndex.FILE) ? List.of(CONFIG, ShardIndex.FILE) : List.of(CONFIG));
    }

    /**
     * All files of the model, the weights last.
     *
     * @param folder already holds the first files
     * @throws dev.headlight.model.fault.ModelRefused if the index cannot be read
     */
    static List<HubFile> all(RepoFiles repoFiles, Path folder) throws DownloadFailed {
        Collection<String> names = repoFiles.names();
        List<HubFile> all = new ArrayList<>(first(repoFiles));
        all.addAll(files(repoFiles, OTHERS.stream().filter(names::contains).toList()));
        all.addAll(files(
                repoFiles,
                names.stream().filter(n -> LICENCE.matcher(n).matches()).toList()));
        all.addAll(files(repoFiles, weights(names, folder)));
        return all;
    }

    private static Collection<String> weights(Collection<String> names, Path folder) throws DownloadFailed {
        if (names.contains(ShardIndex.FILE)) {
            Set<String> shards = new TreeSet<>(ShardIndex.read(folder).values());
            for (String shard : shards) {
                if (!shard.endsWith(WEIGHTS) || !names.contains(shard)) {
                    throw new DownloadFailed(
                            ShardIndex.FILE + " names a file that is not a .safetensors file of the repository");
                }
            }
            return shards;
        }
        return names.contains(WeightFiles.SINGLE) ? List.of(WeightFiles.SINGLE) : ending(names, WEIGHTS);
    }

    private static List<HubFile> files(RepoFiles repoFiles, Collection<String> names) throws DownloadFailed {
        List<HubFile> files = new ArrayList<>();
        for (String name : names) {
            HubFile file = repoFiles.file(name);
            if (!name.endsWith(WEIGHTS) && file.size() > MAX_OTHER_BYTES) {
                throw new DownloadFailed(name + " is larger than " + MAX_OTHER_BYTES + " bytes");
            }
            files.add(file);
        }
        return files;
    }

    private static List<String> ending(Collection<String> names, String ending) {
        return names.stream().filter(n -> n.endsWith(ending)).toList();
    }
}
