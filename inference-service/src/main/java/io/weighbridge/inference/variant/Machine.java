package io.weighbridge.inference.variant;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * What of the machine decides how a model is held.
 *
 * @param memoryBytes physical memory, or the container's limit where that is lower
 * @param bfloat16 whether the processor computes with 16-bit brain floats; others do it in software, slower than with float32
 */
public record Machine(long memoryBytes, boolean bfloat16) {
    /**
     * Models' share of the memory unless a budget is set, in percent. The rest is for Java (1 GiB of heap), libtorch (about half a
     * GiB), the mapped files' pages and the system.
     */
    public static final int MEMORY_SHARE_PERCENT = 60;

    /** Names in Linux's list of what a processor can do: x86's two ways, and Arm's. */
    private static final Set<String> BFLOAT16_FLAGS = Set.of("avx512_bf16", "amx_bf16", "bf16");

    private static final Path PROCESSOR_FACTS = Path.of("/proc/cpuinfo");

    /** The machine, or container, that this process runs in. */
    public static Machine here() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Machine(system.getTotalMemorySize(), bfloat16Here());
    }

    /** What models together may take unless a setting says otherwise. */
    public long defaultBudgetBytes() {
        return memoryBytes / 100 * MEMORY_SHARE_PERCENT;
    }

    private static boolean bfloat16Here() {
        if (!Files.isReadable(PROCESSOR_FACTS)) {
            return false;
        }
        try (var lines = Files.lines(PROCESSOR_FACTS)) {
            return lines.filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .findFirst()
                    .map(Machine::computesBfloat16)
                    .orElse(false);
        } catch (IOException unknown) {
            return false;
        }
    }

    /** Whether a line of /proc/cpuinfo that lists a processor's abilities has one of {@link #BFLOAT16_FLAGS}. */
    static boolean computesBfloat16(String line) {
        for (var flag : line.split("\\s+")) {
            if (BFLOAT16_FLAGS.contains(flag)) {
                return true;
            }
        }
        return false;
    }
}
