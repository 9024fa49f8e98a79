// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.testing;

import dev.jetlane.nats.testing.FaultProxy.Way;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;

/** One connection through a {@link FaultProxy}: two sockets, a thread for each direction. */
final class ProxyConnection {

  private static final int BLOCK_BYTES = 16 * 1024;

  private final FaultProxy proxy;
  private final ProxyFaults faults;
  private final Socket client;
  private final Socket server;
  private final AtomicBoolean ended = new AtomicBoolean();

  ProxyConnection(FaultProxy proxy, ProxyFaults faults, Socket client, Socket server)
      throws IOException {
    this.proxy = proxy;
    this.faults = faults;
    this.client = client;
    this.server = server;
    client.setTcpNoDelay(true);
    server.setTcpNoDelay(true);
  }

  void start() {
    proxy.thread("to-server", () -> pump(client, server, Way.TO_SERVER));
    proxy.thread("to-client", () -> pump(server, client, Way.TO_CLIENT));
  }

  void close() {
    end(false);
  }

  void reset() {
    end(true);
  }

  void say(byte[] bytes) {
    try {
      client.getOutputStream().write(bytes);
    } catch (IOException gone) {
      close();
    }
  }

  boolean isEnded() {
    return ended.get();
  }

  private void pump(Socket from, Socket to, Way way) {
    byte[] block = new byte[BLOCK_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        int allowed = faults.pass(way, read, this);
        out.write(block, 0, allowed);
        if (allowed < read) {
          reset();
          return;
        }
      }
    } catch (IOException broken) {
      // One end is closed, or this connection was cut: the other direction ends too.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  private void end(boolean hard) {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    proxy.ended(this);
    faults.wake();
    for (Socket socket : new Socket[] {client, server}) {
      try {
        if (hard) {
          // Without a linger time, closing sends RST and drops unsent bytes.
          socket.setSoLinger(true, 0);
        }
        socket.close();
      } catch (IOException closed) {
        // The other side has closed it already.
      }
    }
  }
}
