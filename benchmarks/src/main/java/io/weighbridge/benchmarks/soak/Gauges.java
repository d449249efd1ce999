package io.weighbridge.benchmarks.soak;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What one process holds. Attaches to it, which costs it some threads and files from then on, the same at each reading. */
final class Gauges implements AutoCloseable {
    private final long pid;
    private final JMXConnector connector;
    private final MemoryMXBean memory;
    private final Iterable<BufferPoolMXBean> pools;

    Gauges(long pid) throws IOException {
        this.pid = pid;
        try {
            var machine = VirtualMachine.attach(Long.toString(pid));
            try {
                connector = JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException("cannot attach to process " + pid, e);
        }
        MBeanServerConnection server = connector.getMBeanServerConnection();
        memory = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
        pools = ManagementFactory.getPlatformMXBeans(server, BufferPoolMXBean.class);
    }

    /** Values by name: counts, and bytes. Collects garbage first. */
    Map<String, Long> read() throws IOException {
        memory.gc();
        var values = new TreeMap<String, Long>();
        values.put("heap", memory.getHeapMemoryUsage().getUsed());
        for (var pool : pools) {
            if (pool.getName().equals("direct")) {
                values.put("direct", pool.getMemoryUsed());
            }
        }
        values.put("files", count("fd"));
        values.put("threads", count("task"));
        for (var line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                values.put("resident", Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
            }
        }
        return values;
    }

    private long count(String folder) throws IOException {
        try (var entries = Files.list(Path.of("/proc", Long.toString(pid), folder))) {
            return entries.count();
        }
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
