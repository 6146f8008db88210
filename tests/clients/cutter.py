"""A proxy that cuts connections: each after a while, so many in all, and then none.

    cutter.py LISTEN TARGET_FILE CUTS [LEAST MOST]

TARGET_FILE holds HOST:PORT, and may change on the way. A connection is cut when so many bytes have passed: 20 to 120 MiB,
unless it is said how many at least and at most.
"""

import asyncio
import random
import sys

LISTEN, TARGET, CUTS = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
LEAST, MOST = map(int, sys.argv[4:6] or (20 << 20, 120 << 20))
chance = random.Random(7)
left = CUTS


async def pass_on(reader, writer, connection):
    global left
    try:
        while data := await reader.read(1 << 16):
            connection["bytes"] += len(data)
            if left > 0 and connection["bytes"] > connection["limit"]:
                left -= 1
                print("cut", CUTS - left, "after", connection["bytes"], flush=True)
                for end in connection["ends"]:
                    end.transport.abort()
                return
            writer.write(data)
            await writer.drain()
    except OSError:
        # The other end is gone: so is this one.
        pass
    finally:
        writer.close()


async def meet(reader, writer):
    with open(TARGET) as target:
        host, port = target.read().strip().split(":")
    try:
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
    except OSError:
        writer.transport.abort()
        return
    connection = {"bytes": 0, "limit": chance.randint(LEAST, MOST), "ends": [writer, far_writer]}
    await asyncio.gather(pass_on(reader, far_writer, connection), pass_on(far_reader, writer, connection))


async def main():
    server = await asyncio.start_server(meet, "127.0.0.1", LISTEN)
    async with server:
        await server.serve_forever()


asyncio.run(main())
