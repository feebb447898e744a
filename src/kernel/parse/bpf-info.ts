import { LITTLE_ENDIAN } from './netlink.ts';

/** What holds a program and says where it runs. */
export interface BpfLinkInfo {
  /** As enum bpf_link_type counts: 4 is an iterator. */
  readonly type: number;
  readonly id: number;
  readonly programId: number;
}

/** A program, as the kernel knows it. */
export interface BpfProgramInfo {
  readonly id: number;
  /** 16 hex digits: a digest of its instructions, and the same whenever they are. */
  readonly tag: string;
  /** The user that loaded it. */
  readonly createdBy: number;
  /** Its name, of which the kernel keeps 15 bytes. */
  readonly name: string;
}

/** So much is asked for; a kernel that knows less leaves zeros. */
export const BPF_INFO_BYTES = 256;

/** enum bpf_link_type: BPF_LINK_TYPE_ITER. */
export const ITERATOR_LINK = 4;

const NAME_AT = 64;
const NAME_BYTES = 16;

/**
 * Reads what BPF_OBJ_GET_INFO_BY_FD says of a link.
 *
 * Source: struct bpf_link_info (linux/bpf.h), since Linux 5.8
 * Shape:  type, id and prog_id as u32, and what belongs to the type
 * Units:  none
 */
export function parseBpfLinkInfo(bytes: Uint8Array): BpfLinkInfo {
  const view = viewOf(bytes);
  const at = (offset: number) => view.getUint32(offset, LITTLE_ENDIAN);
  return { type: at(0), id: at(4), programId: at(8) };
}

/**
 * Reads what BPF_OBJ_GET_INFO_BY_FD says of a program.
 *
 * Source: struct bpf_prog_info (linux/bpf.h), since Linux 4.13; the name since 4.15
 * Shape:  type and id as u32, the tag in 8 bytes, …, created_by_uid at 48, the name at 64
 * Units:  none
 */
export function parseBpfProgramInfo(bytes: Uint8Array): BpfProgramInfo {
  const view = viewOf(bytes);
  const name = Buffer.from(bytes.subarray(NAME_AT, NAME_AT + NAME_BYTES)).toString('latin1');
  return {
    id: view.getUint32(4, LITTLE_ENDIAN),
    tag: Buffer.from(bytes.subarray(8, 16)).toString('hex'),
    createdBy: view.getUint32(48, LITTLE_ENDIAN),
    name: name.slice(0, `${name}\0`.indexOf('\0')),
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
