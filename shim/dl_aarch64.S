/* dl_aarch64.S - dlopen and dlsym as tail calls: the libc sees the program as its caller */
#if defined(__aarch64__)
	.text

	.globl	dlsym
	.type	dlsym, %function
dlsym:
	.cfi_startproc
	bti	c
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
	stp	x0, x1, [sp, #16]
	mov	x29, sp
	mov	x2, x30			/* return address */
	bl	dl_sym_answer
	mov	x16, x0
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #32
	.cfi_def_cfa_offset 0
	.cfi_restore 29
	.cfi_restore 30
	cbz	x16, 1f
	cmp	x16, #1			/* DL_ABSENT */
	csel	x0, xzr, x16, eq
	ret
1:	adrp	x16, dl_real_sym
	ldr	x16, [x16, :lo12:dl_real_sym]
	br	x16
	.cfi_endproc
	.size	dlsym, .-dlsym

	.globl	dlopen
	.type	dlopen, %function
dlopen:
	.cfi_startproc
	bti	c
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
	str	x0, [sp, #16]
	mov	x29, sp
	bl	dl_open_flags
	mov	w1, w0
	ldr	x0, [sp, #16]
	ldp	x29, x30, [sp], #32
	.cfi_def_cfa_offset 0
	.cfi_restore 29
	.cfi_restore 30
	adrp	x16, dl_real_open
	ldr	x16, [x16, :lo12:dl_real_open]
	br	x16
	.cfi_endproc
	.size	dlopen, .-dlopen
#endif
	.section .note.GNU-stack, "", %progbits
